//! Bombs of PDF: streams that grow, structures that share their bytes, chains, trees, forms and changes without end.

use std::fmt::Write as _;

use tongban::demo::forge::pdf::{
    Body, CATALOG, FORM, Listing, PAGE, PAGES, PdfFile, catalog, deflated, form, page,
};

use super::{Bomb, MEMORY};

/// Objects of the bombs begin here, behind those of the forge.
const FIRST: u32 = 100;
/// A field, and the signature in it, which signs nothing.
const FIELD: u32 = 10;
const SIGNATURE: u32 = 11;

pub(crate) fn bombs() -> Vec<Bomb> {
    [streams(), values(), chains(), trees(), forms(), changes()].into_iter().flatten().collect()
}

fn file(objects: Vec<(u32, Body)>) -> PdfFile {
    let mut file = PdfFile::new("Bomb").unwrap();
    file.revise(objects, Listing::Table).unwrap();
    file
}

/// A file that is signed in name, so that later revisions are compared, with further `objects`.
fn signed(objects: Vec<(u32, Body)>) -> PdfFile {
    file([signed_objects(), objects].concat())
}

fn references(numbers: impl Iterator<Item = u32>) -> String {
    let mut text = String::new();
    numbers.for_each(|number| write!(text, "{number} 0 R ").unwrap());
    text
}

/// The catalog with a place for anything.
fn holding(what: &str) -> (u32, Body) {
    (CATALOG, catalog(&format!("/Piece {what}")))
}

fn streams() -> Vec<Bomb> {
    let zeros = deflated(&vec![0; 64 << 20]).unwrap();
    let packed = |entries: &str, data: &[u8]| {
        let stream = Body::stream(&format!("/Type/ObjStm/First 4{entries}"), data);
        let mut file = PdfFile::new("Bomb").unwrap();
        // The form is asked for first, and stands in the stream.
        file.revise(vec![(FORM, Body::Free), (FIRST, stream)], Listing::Stream).unwrap();
        rows_of(&file, FORM, FIRST)
    };
    let predicted = "/N 1/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 65535/Colors 65535/BitsPerComponent 65535>>";
    vec![
        Bomb::new("ratio.pdf", packed("/N 1/Filter/FlateDecode", &zeros), "document.over_budget"),
        Bomb::new("predictor.pdf", packed(predicted, &deflated(&vec![0; 1 << 20]).unwrap()), "pdf.malformed"),
        Bomb::new(
            "filters.pdf",
            packed("/N 1/Filter[/FlateDecode/FlateDecode]", &deflated(&zeros).unwrap()),
            "pdf.unsupported",
        ),
        Bomb::new(
            "index.pdf",
            packed("/N 4000000/Filter/FlateDecode", &deflated("1 2 ".repeat(255_000).as_bytes()).unwrap()),
            "pdf.structure",
        ),
    ]
}

/// `file` with one more revision, in which object `number` is the first of the object stream `container`.
fn rows_of(file: &PdfFile, number: u32, container: u32) -> Vec<u8> {
    let mut bytes = file.bytes.clone();
    let offset = bytes.len();
    let own = FIRST + 50_000;
    let mut row = vec![2];
    row.extend(container.to_be_bytes());
    row.extend([0, 0]);
    let mut last = vec![1];
    last.extend(u32::try_from(offset).unwrap().to_be_bytes());
    last.extend([0, 0]);
    let data = [row, last].concat();
    let entries = format!(
        "/Type/XRef/W[1 4 2]/Index[{number} 1 {own} 1]/Size {}/Root {CATALOG} 0 R/Prev {}",
        own + 1,
        file.xref.unwrap()
    );
    let Body::Value(stream) = Body::stream(&entries, &data) else { panic!("a stream") };
    bytes.extend(format!("{own} 0 obj\n").bytes());
    bytes.extend(stream);
    bytes.extend(format!("\nendobj\nstartxref\n{offset}\n%%EOF\n").bytes());
    bytes
}

/// `count` objects, each of which begins inside the one before: `frame` around all that follow.
fn inside_each_other(count: u32, (before, after): (&str, &str)) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    let mut offsets = Vec::new();
    for number in FIRST..FIRST + count {
        offsets.push(bytes.len());
        bytes.extend(format!("{number} 0 obj{before}").bytes());
    }
    bytes.push(b'\n');
    (0..count).for_each(|_| bytes.extend(after.bytes()));
    (bytes, offsets)
}

fn shared_bytes(count: u32, frame: (&str, &str), refer: bool) -> Vec<u8> {
    let mut file = PdfFile::new("Bomb").unwrap();
    let (bytes, offsets) = inside_each_other(count, frame);
    let base = file.bytes.len();
    file.bytes.extend(bytes);
    let mut objects = signed_objects();
    if refer {
        objects.push(holding(&format!("[{}]", references(FIRST..FIRST + count))));
    }
    objects.extend((FIRST..).zip(offsets).map(|(number, offset)| (number, Body::At(base + offset))));
    file.revise(objects, Listing::Table).unwrap();
    file.revise(vec![], Listing::Table).unwrap();
    file.bytes
}

fn signed_objects() -> Vec<(u32, Body)> {
    vec![
        (FORM, form(&format!("{FIELD} 0 R"))),
        (FIELD, Body::new(format!("<</FT/Sig/T(S)/V {SIGNATURE} 0 R/Subtype/Widget/Rect[0 0 0 0]>>"))),
        (
            SIGNATURE,
            Body::new("<</Type/Sig/SubFilter/adbe.pkcs7.detached/Contents<3000>/ByteRange[0 1 2 3]>>"),
        ),
    ]
}

fn values() -> Vec<Bomb> {
    let one = |value: String| file(vec![(FORM, Body::new(value))]).bytes;
    vec![
        // Each of them a comment over all that follow, for whoever looks where objects end.
        Bomb::new("comments.pdf", shared_bytes(200_000, (" %", ""), false), "document.over_budget"),
        Bomb::new("strings.pdf", shared_bytes(200_000, ("(", ")endobj "), true), "document.over_budget")
            .within(MEMORY),
        Bomb::new("array-deep.pdf", one("[".repeat(1 << 20)), "pdf.malformed"),
        Bomb::new("string-deep.pdf", one("(".repeat(4 << 20) + &")".repeat(4 << 20)), "pdf.structure"),
        Bomb::new("number.pdf", one("9".repeat(8 << 20)), "pdf.malformed"),
        Bomb::new("real.pdf", one(format!("0.{}", "9".repeat(8 << 20))), "pdf.structure"),
        Bomb::new("name.pdf", one(format!("/{}", "#41".repeat(3 << 20))), "pdf.structure"),
        Bomb::new("array-wide.pdf", one(format!("[{}]", "0 ".repeat(3 << 20))), "document.over_budget"),
        // As many values as one file may have, each with its own memory.
        Bomb::new(
            "values.pdf",
            one(format!("<</Fields[]/X[{}]>>", "[0]".repeat(980_000))),
            "document.unsigned",
        )
        .within(MEMORY),
        Bomb::new(
            "dictionaries.pdf",
            one(format!("<</Fields[]/X[{}]>>", "<</a 0>>".repeat(980_000))),
            "document.unsigned",
        )
        .within(MEMORY),
        Bomb::new(
            "texts.pdf",
            one(format!("<</Fields[]/X[{}]>>", "(a)".repeat(980_000))),
            "document.unsigned",
        )
        .within(MEMORY),
        Bomb::new(
            "dictionary.pdf",
            one(format!(
                "<</Fields[]{}>>",
                (0..600_000).fold(String::new(), |mut text, number| {
                    write!(text, "/{number}[0]").unwrap();
                    text
                })
            )),
            "document.unsigned",
        )
        .within(MEMORY),
    ]
}

fn chains() -> Vec<Bomb> {
    let mut revisions = PdfFile::new("Bomb").unwrap();
    (0..10_000).for_each(|_| revisions.revise(Vec::new(), Listing::Table).unwrap());
    let tail = |previous: usize| {
        let mut file = PdfFile::new("Bomb").unwrap();
        file.xref = Some(previous);
        file.revise(Vec::new(), Listing::Table).unwrap();
        file.bytes
    };
    let own = PdfFile::new("Bomb").unwrap().bytes.len();
    let rows = |count: u32| {
        let mut file = PdfFile::new("Bomb").unwrap();
        let rows = (FIRST..FIRST + count).map(|number| (number, Body::At(20)));
        file.revise(rows.collect(), Listing::Table).unwrap();
        file.bytes
    };
    let claimed = String::from_utf8_lossy(&PdfFile::new("Bomb").unwrap().bytes[15..]).into_owned();
    let claimed = format!("%PDF-1.7\n%aaaa\n{}", claimed.replace("xref\n0 7\n", "xref\n0 4000000000\n"));
    vec![
        Bomb::new("revisions.pdf", revisions.bytes, "document.over_budget"),
        Bomb::new("cycle.pdf", tail(own), "pdf.xref"),
        Bomb::new("forwards.pdf", tail(own + 5), "pdf.xref"),
        Bomb::new("rows.pdf", rows(490_000), "document.unsigned").within(MEMORY),
        Bomb::new("too-many-rows.pdf", rows(600_000), "document.over_budget").within(MEMORY),
        Bomb::new("claimed-rows.pdf", claimed.into_bytes(), "pdf.xref"),
    ]
}

fn trees() -> Vec<Bomb> {
    let pages = |kids: &str| Body::new(format!("<</Type/Pages/Kids[{kids}]/Count 1>>"));
    let twice = |mut file: PdfFile| {
        file.revise(vec![(FIRST + 500_000, Body::new("null"))], Listing::Table).unwrap();
        file.bytes
    };
    let mut deep = vec![(PAGES, pages(&format!("{FIRST} 0 R")))];
    deep.extend((FIRST..FIRST + 10_000).map(|number| (number, pages(&format!("{} 0 R", number + 1)))));
    let cyclic = vec![(PAGES, pages(&format!("{PAGES} 0 R ").repeat(100_000)))];
    let wide = FIRST..FIRST + 100_000;
    let mut broad = vec![(PAGES, pages(&references(wide.clone())))];
    broad.extend(wide.map(|number| (number, Body::new("<</Type/Page>>"))));
    // Every page has the same long list of annotations.
    let shared = FIRST + 1..FIRST + 10_000;
    let mut annotated = vec![
        (PAGES, pages(&references(shared.clone()))),
        (FIRST, Body::new(format!("[{}]", format!("{FIELD} 0 R ").repeat(100_000)))),
    ];
    annotated.extend(shared.map(|number| (number, Body::new(format!("<</Type/Page/Annots {FIRST} 0 R>>")))));
    vec![
        Bomb::new("tree-deep.pdf", twice(signed(deep)), "pdf.structure"),
        Bomb::new("tree-cyclic.pdf", twice(signed(cyclic)), "pdf.byte_range_gap"),
        Bomb::new("tree-wide.pdf", twice(signed(broad)), "pdf.byte_range_gap").within(MEMORY),
        Bomb::new("annotations.pdf", twice(signed(annotated)), "document.over_budget"),
    ]
}

/// A form whose fields are `fields`, written by `field`.
fn fields(count: u32, field: impl Fn(u32) -> String) -> Vec<(u32, Body)> {
    let numbers = FIRST..FIRST + count;
    let mut objects = vec![(FORM, form(&references(numbers.clone())))];
    objects.extend(numbers.map(|number| (number, Body::new(field(number)))));
    objects
}

fn forms() -> Vec<Bomb> {
    let sign = |number: u32, more: &str| format!("<</FT/Sig/T({number})/V {SIGNATURE} 0 R{more}>>");
    let signature = |more: &str| {
        let entries = format!("<</Type/Sig/SubFilter/adbe.pkcs7.detached{more}>>");
        (SIGNATURE, Body::new(entries))
    };
    let zeros = "30".repeat(7 << 20);
    let contents = signature(&format!("/Contents<{zeros}>/ByteRange[0 1 2 3]"));
    let names = format!("[{}]", "(aaaaaaaa)".repeat(300_000));
    let locked = signature(&format!(
        "/Contents<3000>/ByteRange[0 1 2 3]/Reference[<</TransformMethod/FieldMDP/TransformParams {} 0 R>>]",
        FIRST + 1_000
    ));
    let parameters = (FIRST + 1_000, Body::new(format!("<</Action/Include/Fields{names}>>")));
    let many = |rest: Vec<(u32, Body)>| file([fields(60, |number| sign(number, "")), rest].concat()).bytes;
    let range = signature("/Contents<3000>/ByteRange[0 100 110 200]");
    let heirs = FIRST..FIRST + 50_000;
    let mut inherited = vec![
        (FORM, form(&format!("{FIELD} 0 R"))),
        (
            FIELD,
            Body::new(format!(
                "<</T(a)/FT/Tx/V[{}]/Kids[{}]>>",
                "0 ".repeat(500_000),
                references(heirs.clone())
            )),
        ),
    ];
    inherited.extend(heirs.map(|number| (number, Body::new(format!("<</T({number})>>")))));
    let mut direct = PdfFile::new("Bomb").unwrap();
    let entries = (0..200_000).fold(String::new(), |mut text, number| {
        write!(text, "/{number}[0]").unwrap();
        text
    });
    let root = Body::new(format!("<</Type/Catalog/Pages {PAGES} 0 R/AcroForm<</Fields[]{entries}>>>>"));
    direct.revise(vec![(CATALOG, root)], Listing::Table).unwrap();
    (0..120).for_each(|_| direct.revise(Vec::new(), Listing::Table).unwrap());
    vec![
        Bomb::new(
            "signatures.pdf",
            file([fields(5_000, |number| sign(number, "")), vec![range.clone()]].concat()).bytes,
            "document.over_budget",
        ),
        Bomb::new("overlapping-ranges.pdf", many(vec![range]), "pdf.byte_range_gap"),
        Bomb::new("shared-contents.pdf", many(vec![contents]), "document.over_budget").within(MEMORY),
        Bomb::new("shared-locks.pdf", many(vec![locked, parameters]), "document.over_budget").within(MEMORY),
        Bomb::new("inherited.pdf", file(inherited).bytes, "document.unsigned").within(MEMORY),
        Bomb::new("direct-form.pdf", direct.bytes, "document.unsigned"),
        Bomb::new(
            "fields.pdf",
            file(fields(200_000, |number| format!("<</FT/Tx/T({number})>>"))).bytes,
            "document.unsigned",
        )
        .within(MEMORY),
        Bomb::new(
            "long-names.pdf",
            file(vec![
                (FORM, form(&format!("{FIELD} 0 R"))),
                (FIELD, Body::new(format!("<</T({})>>", "a".repeat(8 << 20)))),
            ])
            .bytes,
            "pdf.structure",
        ),
    ]
}

fn changes() -> Vec<Bomb> {
    let shown = FIRST + 500_000;
    let looks = |text: &str| (shown, Body::stream("/Type/XObject/Subtype/Form", text.as_bytes()));
    // Each revision changes the one appearance that all fields share.
    let mut appearances = {
        let mut objects = fields(1_000, |number| format!("<</FT/Tx/T({number})/AP<</N {shown} 0 R>>>>"));
        objects[0] = (FORM, form(&format!("{FIELD} 0 R {}", references(FIRST..FIRST + 1_000))));
        objects.push(looks("0"));
        let mut file = signed(Vec::new());
        file.revise(objects, Listing::Table).unwrap();
        file
    };
    (0..100).for_each(|number| appearances.revise(vec![looks(&number.to_string())], Listing::Table).unwrap());
    // Each revision lists the same annotations of the form.
    let annotations = page(&format!("{FIELD} 0 R ").repeat(300_000));
    let mut listed = signed(vec![(PAGE, annotations)]);
    (0..100).for_each(|_| listed.revise(Vec::new(), Listing::Table).unwrap());
    // The same objects in both halves of the file, each a stream that holds all those behind it.
    let count = 20_000;
    let mut halves = PdfFile::new("Bomb").unwrap();
    let ends = "\nendstream\nendobj\n";
    let total = count * (format!("{FIRST:06} 0 obj<</Length 00000000>>stream\n").len() + ends.len());
    let mut nested = String::new();
    for number in 0..count {
        let head = format!("{:06} 0 obj<</Length ", FIRST as usize + number);
        let length = total - (number + 1) * (total / count);
        writeln!(nested, "{head}{length:08}>>stream").unwrap();
    }
    nested += &ends.repeat(count);
    for _ in 0..2 {
        let base = halves.bytes.len();
        halves.bytes.extend(nested.bytes());
        let step = format!("{FIRST:06} 0 obj<</Length 00000000>>stream\n").len();
        let mut objects = signed_objects();
        let numbers = FIRST..FIRST + u32::try_from(count).unwrap();
        objects.push(holding(&format!("[{}]", references(numbers.clone()))));
        let at = |(index, number): (usize, u32)| (number, Body::At(base + index * step));
        objects.extend(numbers.enumerate().map(at));
        halves.revise(objects, Listing::Table).unwrap();
    }
    // A document of many values that a later revision writes anew, as often as it may.
    let values = format!("[{}]", "[0 1 2 3 4 5 6 7]".repeat(20_000));
    let mut rewritten = signed(vec![holding(&format!("{FIRST} 0 R")), (FIRST, Body::new(values.as_str()))]);
    (0..9).for_each(|_| rewritten.revise(vec![(FIRST, Body::new(values.as_str()))], Listing::Table).unwrap());
    // As many objects as a file may have, each compared in each revision.
    let numbers = FIRST..FIRST + 480_000;
    let mut objects = vec![holding(&format!("[{}]", references(numbers.clone())))];
    objects.extend(numbers.map(|number| (number, Body::new("0"))));
    let mut compared = signed(objects);
    (0..2).for_each(|_| compared.revise(Vec::new(), Listing::Table).unwrap());
    vec![
        Bomb::new("objects.pdf", compared.bytes, "pdf.byte_range_gap").within(MEMORY),
        Bomb::new("appearances.pdf", appearances.bytes, "pdf.shadow_replace").within(MEMORY),
        Bomb::new("listed-again.pdf", listed.bytes, "document.over_budget"),
        Bomb::new("halves.pdf", halves.bytes, "document.over_budget").within(MEMORY),
        Bomb::new("rewritten.pdf", rewritten.bytes, "pdf.byte_range_gap").within(MEMORY),
    ]
}
