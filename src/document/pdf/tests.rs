use proptest::prelude::*;

use super::lexer::{Lexer, Token};
use super::*;
use crate::budget::{Budget, Limits, Resource};

fn budget() -> Budget {
    Budget::new(Limits::default())
}

fn value(text: &str) -> Result<Object, Error> {
    parser::value(&mut Lexer::file(text.as_bytes(), 0), &mut budget())
}

fn deflated(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A document of the given objects, numbered from 1, in one revision with a table.
fn document(objects: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let offset = file.len();
    let size = objects.len() + 1;
    file.extend(format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{offset}\n%%EOF\n").bytes());
    file
}

/// A document whose cross-reference is a stream with `entries` over `data`.
fn with_stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
    let offset = file.len();
    let head = format!("2 0 obj\n<</Type/XRef/Root 1 0 R/Length {}{entries}>>\nstream\n", data.len());
    file.extend(head.bytes());
    file.extend(data);
    file.extend(format!("\nendstream\nendobj\nstartxref\n{offset}\n%%EOF\n").bytes());
    file
}

fn fault(file: &[u8]) -> Fault {
    Pdf::open(file, &mut budget()).unwrap_err().fault
}

#[test]
fn values_are_read_as_the_standard_writes_them() {
    // The examples of ISO 32000-2 §7.3.
    assert_eq!(value("+17"), Ok(Object::Integer(17)));
    assert_eq!(value("-.002"), Ok(Object::Real(-0.002)));
    assert_eq!(value("4."), Ok(Object::Real(4.0)));
    assert_eq!(value("/A#42"), Ok(Object::Name(b"AB".to_vec())));
    assert_eq!(value("/Lime#20Green"), Ok(Object::Name(b"Lime Green".to_vec())));
    assert_eq!(value("7 0 R"), Ok(Object::Reference(Reference { number: 7, generation: 0 })));
    assert_eq!(value("[7 0 5]").unwrap().array().unwrap().len(), 3);
    let string = |text: &str| value(text).unwrap().string().unwrap().bytes.clone();
    assert_eq!(string("(a (nested) \\) \\101\\n\\\r\nb)"), b"a (nested) ) A\nb");
    assert_eq!(string("(\\0053)"), b"\x053");
    assert_eq!(string("(a\r\nb\rc)"), b"a\nb\nc");
    assert_eq!(string("<901FA>"), [0x90, 0x1f, 0xa0]);
    assert_eq!(string("<90 1f\n>"), [0x90, 0x1f]);
    let dictionary = value("<</A 1/B null % comment\n/C<</D[true false]>>>>").unwrap();
    let keys: Vec<&[u8]> = dictionary.dictionary().unwrap().iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [b"A", b"C"], "a null entry is no entry");
}

#[test]
fn sloppy_values_are_refused() {
    for text in [
        "--1",
        "1.2.3",
        "1e5",
        "<9x>",
        "(open",
        "<90",
        "[1 2",
        "<</A>>",
        "<<1 2>>",
        "endobj",
        ")",
        "",
        "99999999999999999999",
    ] {
        assert!(matches!(value(text).unwrap_err().fault, Fault::Syntax(_)), "{text}");
    }
    assert!(matches!(value("<</A 1/A 2>>").unwrap_err().fault, Fault::Ambiguous(_)));
    assert!(value("<</A 1/A 1>>").is_ok());
    assert!(matches!(value("4294967296 0 R").unwrap_err().fault, Fault::Syntax(_)));
}

#[test]
fn text_strings_are_decoded_by_their_mark() {
    let decoded = |text: &str| value(text).unwrap().string().unwrap().decode();
    assert_eq!(decoded("<FEFF7B7E540D>"), "签名");
    assert_eq!(decoded("<EFBBBFE7ADBE>"), "签");
    assert_eq!(decoded("(Signature1)"), "Signature1");
}

#[test]
fn dates_are_read_with_and_without_a_zone() {
    let date = |text| signature::parse_date(text).map(|at| at.to_string());
    assert_eq!(date("D:20211019163047+08'00'").unwrap(), "2021-10-19T08:30:47Z");
    assert_eq!(date("D:20211019163047-0330").as_deref(), None, "the apostrophe is not optional");
    assert_eq!(date("D:20211019163047Z").unwrap(), "2021-10-19T16:30:47Z");
    assert_eq!(date("D:199812231952-08'00").unwrap(), "1998-12-24T03:52:00Z");
    assert_eq!(date("D:2021").unwrap(), "2021-01-01T00:00:00Z");
    for bad in ["", "D:", "D:20211", "D:20211340", "D:20210101000000+99'00'", "yesterday"] {
        assert_eq!(date(bad), None, "{bad}");
    }
}

#[test]
fn a_lock_names_fields_and_what_is_below_them() {
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let include = FieldLock::Include(FieldNames::new(names(&["b.c", "a", "b.c.d"])));
    let locked: Vec<bool> =
        ["a", "a.b", "a!", "ab", "b", "b.c", "b.c.d"].map(|name| include.locks(name)).to_vec();
    assert_eq!(locked, [true, true, false, false, false, true, true]);
    let exclude = FieldLock::Exclude(FieldNames::new(names(&["a"])));
    assert!(!exclude.locks("a.b") && exclude.locks("ab"));
    assert!(FieldLock::All.locks("anything"));
}

#[test]
fn a_sound_document_opens() {
    let file = document(&["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]);
    let mut budget = budget();
    let mut pdf = Pdf::open(&file, &mut budget).unwrap();
    assert_eq!(pdf.revisions().len(), 1);
    assert_eq!(pdf.revisions()[0].span, 0..file.len());
    assert!(pdf.trailing().is_empty());
    let catalog = pdf.catalog(0, &mut budget).unwrap();
    assert!(catalog.dictionary().unwrap().get("Type").is_name("Catalog"));
    assert_eq!(pdf.hidden(0, &mut budget).unwrap(), [] as [std::ops::Range<usize>; 0]);
    let absent = Reference { number: 77, generation: 0 };
    assert!(pdf.object(absent, 0, &mut budget).unwrap().is_null());
}

#[test]
fn a_broken_frame_is_never_repaired() {
    let sound = String::from_utf8(document(&["<</Type/Catalog>>"])).unwrap();
    let bent = |from: &str, to: &str| sound.replacen(from, to, 1).into_bytes();
    assert!(matches!(fault(b"%PDF-1.7\n"), Fault::Xref(_)));
    assert!(matches!(fault(&bent("%PDF-1.7", "%PDF-1.8")), Fault::Header(_)));
    assert!(matches!(fault(&bent("%%EOF", "%%EOG")), Fault::Xref(_)));
    assert!(matches!(fault(&bent("\nxref", "\nxrof")), Fault::Xref(_)));
    assert!(matches!(fault(&bent("0 2\n", "0 3\n")), Fault::Xref(_)));
    assert!(matches!(fault(&bent(" n \n", " n  \n")), Fault::Xref(_)));
    assert!(matches!(fault(&bent("0000000000", "000000000x")), Fault::Xref(_)));
    assert!(matches!(fault(&bent("/Root", "/Encrypt<<>>/Root")), Fault::Encrypted));
    assert!(matches!(fault(&bent("trailer\n", "trailer\n[]")), Fault::Syntax(_)));
    let itself = format!("/Prev {}/Root", sound.find("xref").unwrap());
    assert!(matches!(fault(&bent("/Root", &itself)), Fault::Xref(_)), "a chain may not go round");
}

#[test]
fn objects_must_be_what_the_table_says() {
    let read = |file: &[u8]| {
        let mut budget = budget();
        let mut pdf = Pdf::open(file, &mut budget).unwrap();
        pdf.object(Reference { number: 2, generation: 0 }, 0, &mut budget).map_err(|error| error.fault)
    };
    let with = |object: &str| {
        document(&["<</Type/Catalog>>", object, "7", "<</Length 3 0 R>>\nstream\nx\nendstream"])
    };
    assert!(read(&with("(text)")).is_ok());
    assert!(read(&with("<</Length 3 0 R>>\nstream\n1234567\nendstream")).is_ok());
    assert!(matches!(read(&with("<</Length 6>>\nstream\n1234567\nendstream")), Err(Fault::Syntax(_))));
    assert!(matches!(read(&with("<</Length 4 0 R>>\nstream\n1\nendstream")), Err(Fault::Structure(_))));
    assert!(matches!(read(&with("<</Length 2 0 R>>\nstream\n1\nendstream")), Err(Fault::Structure(_))));
    assert!(matches!(read(&with("<<>>\nstream\n1\nendstream")), Err(Fault::Syntax(_))));
    assert!(matches!(read(&with("3 0 R")), Err(Fault::Syntax(_))));
    let text = String::from_utf8(with("(text)")).unwrap();
    let other = text.replacen("2 0 obj", "5 0 obj", 1).into_bytes();
    assert!(matches!(read(&other), Err(Fault::Ambiguous(_))));
    let generation = text.replacen("2 0 obj", "2 1 obj", 1).into_bytes();
    assert!(matches!(read(&generation), Err(Fault::Ambiguous(_))));
}

#[test]
fn cross_reference_streams_are_read_with_every_predictor() {
    // Rows of one, two and one bytes: object 0 free, object 1 at 9.
    let rows = [[0, 0, 0, 0], [1, 0, 9, 0]];
    let encode = |kind: u8| -> Vec<u8> {
        let mut above = [0_u8; 4];
        let mut out = Vec::new();
        for row in rows {
            out.push(kind);
            for (index, byte) in row.iter().enumerate() {
                let left = if index == 0 { 0 } else { row[index - 1] };
                let corner = if index == 0 { 0 } else { above[index - 1] };
                let up = above[index];
                // Paeth's estimate, rows this small leaving no ties that matter.
                let nearest = |estimate: i16| {
                    let far = |from: u8| (estimate - i16::from(from)).abs();
                    [left, up, corner].into_iter().min_by_key(|from| far(*from)).unwrap()
                };
                let predicted = match kind {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => left.midpoint(up),
                    _ => nearest(i16::from(left) + i16::from(up) - i16::from(corner)),
                };
                out.push(byte.wrapping_sub(predicted));
            }
            above = row;
        }
        out
    };
    for kind in 0..=4 {
        let entries = "/Size 2/W[1 2 1]/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 4>>";
        let file = with_stream(entries, &deflated(&encode(kind)));
        let mut budget = budget();
        let mut pdf = Pdf::open(&file, &mut budget).unwrap();
        assert!(pdf.catalog(0, &mut budget).is_ok(), "predictor {kind}");
    }
    let plain = with_stream("/Size 2/W[1 2 1]", &rows.concat());
    assert!(Pdf::open(&plain, &mut budget()).is_ok());
    for (entries, data) in [
        ("/Size 2/W[1 2]", &rows.concat()[..]),
        ("/Size 2/W[0 0 0]", &rows.concat()),
        ("/Size 2/W[1 9 1]", &rows.concat()),
        ("/Size 3/W[1 2 1]", &rows.concat()),
        ("/Size 1/W[1 2 1]", &rows.concat()),
        ("/Size 2/W[1 2 1]/Index[0]", &rows.concat()),
        ("/W[1 2 1]", &rows.concat()),
    ] {
        assert!(matches!(fault(&with_stream(entries, data)), Fault::Xref(_)), "{entries}");
    }
    let twice = with_stream("/Size 2/W[1 2 1]/Index[1 1 1 1]", &[1, 0, 9, 0, 1, 0, 9, 0]);
    assert!(matches!(fault(&twice), Fault::Ambiguous(_)));
    let garbage = with_stream("/Size 2/W[1 2 1]/Filter/FlateDecode", b"garbage");
    assert!(matches!(fault(&garbage), Fault::Filter(_)));
    let other = with_stream("/Size 2/W[1 2 1]/Filter/LZWDecode", b"");
    assert!(matches!(fault(&other), Fault::Unsupported(_)));
}

#[test]
fn bombs_run_into_a_limit() {
    let exhausted = |file: &[u8]| match fault(file) {
        Fault::Exhausted(exhausted) => exhausted.what,
        other => panic!("{other:?}"),
    };
    let zeros = vec![0; 40 << 20];
    let entries = "/Size 2/W[1 2 1]/Filter/FlateDecode";
    assert_eq!(exhausted(&with_stream(entries, &deflated(&zeros))), Resource::Ratio);
    // Rows of one byte, below the size from which ratios count.
    let rows = deflated(&vec![0; 1 << 20]);
    let entries = "/Size 1048576/W[1 0 0]/Filter/FlateDecode";
    assert_eq!(exhausted(&with_stream(entries, &rows)), Resource::PdfObjects);
    // Rows of 35 terabytes, as stated.
    let sizes = "/Columns 65535/Colors 65535/BitsPerComponent 65535";
    let entries = format!("/Size 2/W[1 2 1]/Filter/FlateDecode/DecodeParms<</Predictor 15{sizes}>>");
    assert!(matches!(fault(&with_stream(&entries, &deflated(&[0; 10]))), Fault::Filter(_)));
    let wide = format!("<</Type/Catalog/A[{}]>>", "1 ".repeat(3_000_000));
    let file = document(&[&wide]);
    let mut account = budget();
    let mut pdf = Pdf::open(&file, &mut account).unwrap();
    let error = pdf.catalog(0, &mut account).unwrap_err();
    assert!(matches!(error.fault, Fault::Exhausted(exhausted) if exhausted.what == Resource::PdfValues));
    let deep = format!("<</Type/Catalog/A{}{}>>", "[".repeat(100_000), "]".repeat(100_000));
    let file = document(&[&deep]);
    let error = Pdf::open(&file, &mut budget()).unwrap().catalog(0, &mut budget()).unwrap_err();
    assert!(matches!(error.fault, Fault::Syntax(_)));
}

#[test]
fn a_linearized_file_is_one_revision() {
    // Annex F: the first page's section stands in front and leads to the main one, whose marker leads back.
    let mut file = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
    let front = file.len();
    let main = "0000000600";
    let head = format!(
        "xref\n1 1\n0000000009 00000 n \ntrailer\n<</Size 3/Root 1 0 R/Prev {main}>>\nstartxref\n0\n%%EOF\n2 0 obj\n(last)\nendobj\n"
    );
    let second = front + head.find("2 0 obj").unwrap();
    file.extend(head.bytes());
    file.resize(600, b' ');
    file.extend(
        format!(
            "xref\n0 1\n0000000000 65535 f \n2 1\n{second:010} 00000 n \ntrailer\n<</Size 3/Root 1 0 R>>\n\
             startxref\n{front}\n%%EOF\n"
        )
        .bytes(),
    );
    let mut budget = budget();
    let mut pdf = Pdf::open(&file, &mut budget).unwrap();
    assert_eq!(pdf.revisions().len(), 1);
    assert_eq!(pdf.revisions()[0].span, 0..file.len());
    let last = pdf.object(Reference { number: 2, generation: 0 }, 0, &mut budget).unwrap();
    assert_eq!(last.string().unwrap().bytes, b"last");
    assert_eq!(pdf.hidden(0, &mut budget).unwrap(), [] as [std::ops::Range<usize>; 0]);
}

fn everything(file: &[u8]) {
    let mut budget = Budget::new(Limits { pdf_values: 20_000, pdf_comparisons: 20_000, ..Limits::default() });
    let Ok(mut pdf) = Pdf::open(file, &mut budget) else { return };
    let mut before = Form::default();
    for revision in 0..=pdf.newest() {
        let Ok(form) = Form::read(&mut pdf, revision, &mut budget) else { return };
        let _ = signatures(&mut pdf, &form, revision, &[], &mut budget);
        let _ = changes(&mut pdf, revision, (&before, &form), &mut budget);
        let _ = pdf.hidden(revision, &mut budget);
        before = form;
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        everything(&bytes);
        let _ = parser::value(&mut Lexer::file(&bytes, 0), &mut budget());
    }

    #[test]
    fn any_tokens_are_values_or_a_fault(text in "[0-9R<>\\[\\]()/a-f \\\\%.+-]{0,60}") {
        let mut lexer = Lexer::file(text.as_bytes(), 0);
        while !matches!(lexer.token(), Ok(Token::End) | Err(_)) {}
        let _ = value(&text);
    }

    #[test]
    fn a_document_with_wrong_bytes_is_a_document_or_a_fault(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut file = document(&[
            "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/Annots[4 0 R]/Contents 5 0 R>>",
            "<</FT/Sig/T(a)/V<</Type/Sig/ByteRange[0 9 9 9]/Contents<00>>>/Kids[]>>",
            "<</Length 3>>\nstream\nabc\nendstream",
        ]);
        let previous = file.windows(6).position(|window| window == b"xref\n0").unwrap();
        let offset = file.len();
        file.extend(format!("3 0 obj\n<</Type/Page>>\nendobj\nxref\n3 1\n{offset:010} 00000 n \n").bytes());
        let xref = file.len() - 29;
        file.extend(format!("trailer\n<</Root 1 0 R/Prev {previous}>>\nstartxref\n{xref}\n%%EOF\n").bytes());
        prop_assert_eq!(Pdf::open(&file, &mut budget()).map(|pdf| pdf.newest()), Ok(1));
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if !whole {
            file.truncate(cut.index(file.len()));
        }
        everything(&file);
    }
}
