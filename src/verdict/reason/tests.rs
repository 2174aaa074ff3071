//! The table of reasons against its own rules, and how particulars follow the text.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_table_is_consistent() {
    let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len(), "two rows share a code");
    for code in Code::ALL {
        let fatal = code.severity() == Severity::Fatal;
        assert_eq!(fatal, code.ceiling() == Verdict::NotGenuine, "{}", code.as_str());
        let note = code.severity() == Severity::Note;
        assert!(!note || code.ceiling() == Verdict::Genuine, "{}", code.as_str());
        let english = code.text(Language::English);
        assert!(
            !english.ends_with('.')
                && english.starts_with(|first: char| !first.is_uppercase()
                    || ["OFD", "PDF"].iter().any(|name| english.starts_with(name)))
        );
        assert!(code.as_str().split_once('.').is_some());
    }
}

#[test]
fn particulars_follow_the_text() {
    let reason = Reason::new(Code::ReferenceMismatch, "/Doc_0/Document.xml").with("sha256");
    assert_eq!(reason.text(Language::English), "a signed file was changed after signing: sha256");
    assert_eq!(reason.text(Language::Chinese), "被签名的文件在签名后被修改：sha256");
    let quoted = Reason::new(Code::SignatureListAmbiguous, "").quoting("entries").text(Language::Chinese);
    assert!(quoted.ends_with("：`entries`"), "{quoted}");
}
