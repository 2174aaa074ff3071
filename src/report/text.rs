//! The report for people: one block a file, the verdict first, then each signature with what speaks for and against it.

mod license;

use std::fmt::Write as _;

use super::Asked;
use crate::foreign::shown;
use crate::verdict::{
    ChainState, Code, Format, Indication, Integrity, Judgement, Language, PathRevocation, Reason,
    RevocationFact, RevocationState, Severity, SignatureJudgement, StandardVerdict, SubIndication, TimeProof,
    TimeSource, Verdict,
};

/// Whether the report may use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ANSI colors, for terminals.
    Color,
    /// No escapes.
    Plain,
}

/// The judgement of `file` as lines for a terminal, as `asked`.
pub fn to_text<'a>(file: &str, judgement: &Judgement, asked: impl Into<Asked<'a>>, style: Style) -> String {
    let Asked { language, purpose } = asked.into();
    let mut report = Report { out: String::new(), format: judgement.format, language, style };
    report.file(file, judgement);
    report.usable(judgement, purpose);
    report.out.push('\n');
    report.out
}

struct Report {
    out: String,
    format: Format,
    language: Language,
    style: Style,
}

impl Report {
    fn file(&mut self, file: &str, judgement: &Judgement) {
        let verdict = judgement.verdict();
        let (mark, words) = (mark(verdict), self.verdict_words(verdict));
        let head = self.paint(color(verdict), &format!("{mark} {words}"));
        let name = shown(file);
        self.line(0, &format!("{head}  {name}  ({})", judgement.format.as_str()));
        self.reasons(0, &judgement.reasons);
        for signature in &judgement.signatures {
            self.signature(self.say("signature", "签名"), signature);
        }
        if let Some(list) = &judgement.entry_list {
            self.signature(self.say("list of files", "文件清单"), &list.signature);
        }
        if let Some(license) = &judgement.license {
            self.license(license, judgement);
        }
    }

    fn signature(&mut self, title: &str, judgement: &SignatureJudgement) {
        let verdict = judgement.verdict();
        let integrity = match judgement.integrity {
            Integrity::Intact => self.say("intact", "完好"),
            Integrity::Broken => self.say("broken", "已破坏"),
            Integrity::Unchecked => self.say("unchecked", "未能校验"),
        };
        let painted = self.paint(color(verdict), &format!("{} {integrity}", mark(verdict)));
        let kind = judgement.kind.as_str();
        self.line(1, &format!("{painted}  {title} {} ({kind})", shown(&judgement.id)));
        if let Some(signer) = &judgement.signer {
            self.field("signer", "签名者", &shown(&signer.subject));
        }
        if let Some(seal) = &judgement.seal {
            self.field("seal", "印章", &shown(&format!("{} ({})", seal.name, seal.id)));
        }
        if let Some(at) = judgement.signed_at {
            let source = match judgement.time_source {
                TimeSource::Timestamp => self.say("proven by timestamp", "时间戳证明"),
                TimeSource::Claimed | TimeSource::None => self.say("claimed by the signer", "签名者自述"),
            };
            self.field("signed", "签署时间", &format!("{} ({source})", at.in_china()));
        }
        if let Some(proof) = &judgement.timestamp {
            self.timestamp(proof);
        }
        self.field("chain", "证书链", self.chain_words(judgement.chain.state));
        self.revocation(&judgement.chain.revocation);
        if let Some(coverage) = &judgement.coverage {
            let open = coverage.uncovered_total;
            let what = match self.format {
                Format::Pdf => self.say("revisions", "个修订"),
                _ => self.say("files", "个文件"),
            };
            let covered = coverage.covered;
            let text = match self.language {
                Language::English if coverage.complete => format!("all {covered} {what}"),
                Language::English => format!("{covered} {what}, {open} left out"),
                Language::Chinese if coverage.complete => format!("全部 {covered} {what}"),
                Language::Chinese => format!("{covered} {what}，遗漏 {open} 个"),
            };
            self.field("covers", "覆盖", &text);
        }
        let standard = match StandardVerdict::under(&judgement.reasons) {
            StandardVerdict::Valid => self.say("valid", "有效"),
            StandardVerdict::Invalid => self.say("invalid", "无效"),
            StandardVerdict::Undetermined => self.say("undetermined", "不能确定"),
        };
        let because = StandardVerdict::because(&judgement.reasons);
        let because: Vec<&str> = because.into_iter().map(Code::as_str).collect();
        let because = if because.is_empty() { String::new() } else { format!(" ({})", because.join(", ")) };
        self.field("standard", "按标准", &format!("{standard}{because}"));
        let indication = Indication::under(&judgement.reasons).as_str();
        let sub = SubIndication::under(&judgement.reasons).map(SubIndication::as_str);
        let indication = [Some(indication), sub].into_iter().flatten().collect::<Vec<_>>().join("/");
        self.field("ETSI", "ETSI", &indication);
        self.reasons(2, &judgement.reasons);
    }

    fn revocation(&mut self, revocation: &PathRevocation) {
        let PathRevocation { then, now } = revocation;
        if then.state == RevocationState::Unchecked {
            return;
        }
        let mut text = self.revocation_words(then);
        if now != then {
            let (at_present, now) = (self.say("; at present ", "；现状："), self.revocation_words(now));
            text.push_str(at_present);
            text.push_str(&now);
        }
        self.field("revocation", "吊销", &text);
    }

    fn revocation_words(&self, fact: &RevocationFact) -> String {
        let state = match fact.state {
            RevocationState::Good => self.say("none", "未吊销"),
            RevocationState::Revoked => self.say("revoked", "已吊销"),
            RevocationState::Undetermined => self.say("open", "未能确定"),
            RevocationState::Unchecked => self.say("not checked", "未核查"),
        };
        let mut text = state.to_owned();
        for (english, chinese, at) in
            [(" as of ", "，截至 ", fact.as_of), (", in grace until ", "，宽限至 ", fact.grace_until)]
        {
            if let Some(at) = at {
                text.push_str(self.say(english, chinese));
                text.push_str(&at.in_china());
            }
        }
        text
    }

    fn timestamp(&mut self, proof: &TimeProof) {
        let authority = proof.authority.as_ref().map_or("?", |authority| authority.subject.as_str());
        let chain = self.chain_words(proof.chain.state);
        let text = format!("{} {} ({chain})", proof.gen_time.in_china(), shown(authority));
        self.field("timestamp", "时间戳", &text);
    }

    fn reasons(&mut self, indent: usize, reasons: &[Reason]) {
        let mut sorted: Vec<&Reason> = reasons.iter().collect();
        sorted.sort_by_key(|reason| std::cmp::Reverse(reason.code.severity()));
        for reason in sorted {
            let (mark, color) = match reason.code.severity() {
                Severity::Fatal => ('✗', RED),
                Severity::Doubt => ('?', YELLOW),
                Severity::Note => ('·', DIM),
            };
            let mark = self.paint(color, &mark.to_string());
            let code = self.paint(DIM, reason.code.as_str());
            let place =
                if reason.place.is_empty() { String::new() } else { format!(" [{}]", shown(&reason.place)) };
            let text = shown(&reason.text(self.language));
            self.line(indent + 1, &format!("{mark} {text}{place}  {code}"));
        }
    }

    fn field(&mut self, english: &str, chinese: &str, value: &str) {
        let name = match self.language {
            Language::English => format!("{english:<10}"),
            // A Chinese character takes two columns.
            Language::Chinese => {
                let columns = chinese.chars().map(|one| if one.is_ascii() { 1 } else { 2 }).sum::<usize>();
                format!("{chinese}{}", " ".repeat(10_usize.saturating_sub(columns)))
            }
        };
        let name = self.paint(DIM, &name);
        self.line(3, &format!("{name} {value}"));
    }

    fn line(&mut self, indent: usize, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(indent));
    }

    const fn say<'a>(&self, english: &'a str, chinese: &'a str) -> &'a str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    const fn chain_words(&self, state: ChainState) -> &'static str {
        match state {
            ChainState::Trusted => self.say("leads to a trust anchor", "可达信任锚"),
            ChainState::NoAnchor => self.say("no trust anchor", "无信任锚"),
            ChainState::Broken => self.say("broken", "不成立"),
            ChainState::RevocationOpen => self.say("revocation open", "吊销状态未定"),
            ChainState::Unchecked => self.say("not checked", "未核查"),
        }
    }

    const fn verdict_words(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Genuine => self.say("GENUINE", "真实"),
            Verdict::NotGenuine => self.say("NOT GENUINE", "不真实"),
            Verdict::Undetermined => self.say("UNDETERMINED", "不能确定"),
        }
    }

    fn paint(&self, color: &str, text: &str) -> String {
        match self.style {
            Style::Color => format!("{color}{text}\u{1b}[0m"),
            Style::Plain => text.to_owned(),
        }
    }
}

pub(super) const RED: &str = "\u{1b}[31m";
pub(super) const GREEN: &str = "\u{1b}[32m";
pub(super) const YELLOW: &str = "\u{1b}[33m";
pub(super) const DIM: &str = "\u{1b}[2m";

const fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Genuine => '✓',
        Verdict::NotGenuine => '✗',
        Verdict::Undetermined => '?',
    }
}

const fn color(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Genuine => GREEN,
        Verdict::NotGenuine => RED,
        Verdict::Undetermined => YELLOW,
    }
}
