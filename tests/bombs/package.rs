//! Bombs inside sound containers: XML, documents that share or chase each other, signatures, license data.

use std::fmt::Write as _;

use tongban::demo::forge::{
    Entry, Layout, Member, Method, Package, SealDraft, SealSigners, Signing, archive,
};

use super::lab::{Lab, sealed, validity};
use super::{Bomb, MEMORY};

const DOCUMENT: &str = "Doc_0/Document.xml";
const XMLNS: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

pub(crate) fn bombs() -> Vec<Bomb> {
    [xml(), documents(), signatures(), data()].into_iter().flatten().collect()
}

/// OFD.xml with `bodies`, each a document at the same place unless it says otherwise.
fn root(bodies: &str) -> String {
    format!("<ofd:OFD {XMLNS} Version=\"1.1\" DocType=\"OFD\">{bodies}</ofd:OFD>")
}

fn body(more: &str) -> String {
    format!("<ofd:DocBody><ofd:DocRoot>{DOCUMENT}</ofd:DocRoot>{more}</ofd:DocBody>")
}

fn document(inside: &str) -> String {
    format!("<ofd:Document {XMLNS}>{inside}</ofd:Document>")
}

fn package(files: Vec<(&str, String)>) -> Package {
    let mut package = Package::new(sealed());
    for (name, content) in files {
        // Stored, so that no limit on compression comes before the one that is meant.
        let content = content.into_bytes();
        package.entries.push(Entry { name: name.to_owned(), content, deflate: false });
    }
    package
}

fn zipped(files: Vec<(&str, String)>) -> Vec<u8> {
    package(files).to_zip().unwrap()
}

/// A package of one document whose Document.xml is `xml`.
fn with_document(xml: String) -> Vec<u8> {
    zipped(vec![("OFD.xml", root(&body(""))), (DOCUMENT, xml)])
}

fn xml() -> Vec<Bomb> {
    let entities = "<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">";
    let prefixes: String = (0..2_000).map(|number| format!(" xmlns:p{number}=\"p{number}\"")).collect();
    let attributes: String = (0..64).map(|number| format!(" a{number}=\"\"")).collect();
    let scoped: String = (0..15).map(|number| format!(" xmlns:p{number}=\"p{number}\"")).collect();
    let hidden: String =
        (0..30_000).map(|number| format!("<a xmlns:p{number}=\"p{number}\"><!--></a>-->")).collect();
    vec![
        Bomb::new("deep.ofd", with_document(document(&"<a>".repeat(2_000_000))), "document.over_budget"),
        // Comments that end where they begin for a careless scan, and hide what it takes for end tags.
        Bomb::new(
            "hidden-depth.ofd",
            with_document(document(&"<a><!--></a>-->".repeat(200_000))),
            "document.over_budget",
        ),
        Bomb::new("hidden-namespaces.ofd", with_document(document(&hidden)), "ofd.xml"),
        Bomb::new("wide.ofd", with_document(document(&"<a/>".repeat(2_000_000))), "document.over_budget"),
        // As many nodes as a part may have that is read twice.
        Bomb::new("widest.ofd", with_document(document(&"<a/>".repeat(240_000))), "document.unsigned")
            .within(MEMORY),
        Bomb::new(
            "attributes.ofd",
            with_document(document(&format!("<a{attributes}/>").repeat(100_000))),
            "document.over_budget",
        ),
        Bomb::new("attribute.ofd", with_document(format!("<a{}/>", " a=\"\"".repeat(500_000))), "ofd.xml"),
        Bomb::new("namespaces.ofd", with_document(document(&format!("<a{prefixes}/>"))), "ofd.xml"),
        Bomb::new(
            "namespaces-again.ofd",
            with_document(document(&format!("<a{scoped}/>").repeat(12_000))),
            "document.unsigned",
        ),
        Bomb::new(
            "entities.ofd",
            with_document(format!("<!DOCTYPE x [{entities}]>{}", document("&b;"))),
            "ofd.xml",
        ),
        Bomb::new("text.ofd", with_document(document(&"&#65;".repeat(2_000_000))), "document.unsigned"),
        Bomb::new(
            "comment.ofd",
            with_document(document(&format!("<!--{}-->", "-a".repeat(2_000_000)))),
            "document.unsigned",
        ),
    ]
}

fn documents() -> Vec<Bomb> {
    let far = format!("{}/", "d".repeat(200)).repeat(4);
    let far_document = format!("{far}Document.xml");
    let bodies = |count: usize, root: &str| {
        format!("<ofd:DocBody><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody>").repeat(count)
    };
    // Every document uses every entry, under a long name that is short where it is written.
    let pictures: String =
        (0..9_000).map(|number| format!("<ofd:MediaFile>{number}</ofd:MediaFile>")).collect();
    let mut sharing = package(vec![("OFD.xml", root(&bodies(16, &far_document)))]);
    sharing.put(&far_document, document(&pictures));
    let picture = |number| Entry { name: format!("{far}{number}"), content: Vec::new(), deflate: false };
    sharing.entries.extend((0..9_000).map(picture));
    let absent: String = (0..1_000)
        .map(|number| format!("<ofd:MediaFile>{}{number}</ofd:MediaFile>", "x".repeat(1_000)))
        .collect();
    let mut lacking = package(vec![("OFD.xml", root(&bodies(16, &far_document)))]);
    lacking.put(&far_document, document(&absent));
    let cycle = format!(
        "<ofd:Page BaseLoc=\"Document.xml\"/><ofd:TemplatePage BaseLoc=\"/{DOCUMENT}\"/>\
         <ofd:PublicRes>Document.xml</ofd:PublicRes><ofd:Annotations>Other.xml</ofd:Annotations>"
    );
    let other = "<ofd:FileLoc>Document.xml</ofd:FileLoc><ofd:PageRes>Other.xml</ofd:PageRes>".repeat(100);
    let mut chain = package(vec![("OFD.xml", root(&body("")))]);
    chain.put(DOCUMENT, document("<ofd:PublicRes>0.xml</ofd:PublicRes>"));
    let link = |number: usize| Entry {
        name: format!("Doc_0/{number}.xml"),
        content: document(&format!("<ofd:PublicRes>{}.xml</ofd:PublicRes>", number + 1)).into_bytes(),
        deflate: true,
    };
    chain.entries.extend((0..9_000).map(link));
    vec![
        Bomb::new(
            "bodies.ofd",
            zipped(vec![("OFD.xml", root(&bodies(100_000, DOCUMENT))), (DOCUMENT, document(""))]),
            "document.over_budget",
        ),
        Bomb::new("sharing.ofd", sharing.to_zip().unwrap(), "document.unsigned"),
        Bomb::new("lacking.ofd", lacking.to_zip().unwrap(), "ofd.part_absent"),
        Bomb::new(
            "cycle.ofd",
            zipped(vec![
                ("OFD.xml", root(&body(""))),
                (DOCUMENT, document(&cycle)),
                ("Doc_0/Other.xml", document(&other)),
            ]),
            "document.unsigned",
        ),
        Bomb::new("chain.ofd", chain.to_zip().unwrap(), "document.unsigned"),
    ]
}

/// The sealed license with its signature listed `rows` times, over a description that `change` has bent.
fn listed(rows: usize, change: impl FnOnce(String) -> String) -> Package {
    let mut package = Lab::new().described(change);
    let list = package.entries.iter().find(|entry| entry.name.ends_with("Signatures.xml")).unwrap();
    let (name, text) = (list.name.clone(), String::from_utf8(list.content.clone()).unwrap());
    let start = text.find("<ofd:Signature ").unwrap();
    let end = start + text[start..].find("/>").unwrap() + 2;
    let repeated = text[start..end].repeat(rows);
    package.put(&name, format!("{}{repeated}{}", &text[..start], &text[end..]));
    package.entries.iter_mut().for_each(|entry| entry.deflate = false);
    package
}

fn references(xml: &str, more: &str) -> String {
    xml.replace("</ofd:References>", &format!("{more}</ofd:References>"))
}

fn signatures() -> Vec<Bomb> {
    let value = "<ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>";
    let numbered = |count: usize, name: &str| {
        let mut text = String::new();
        for number in 0..count {
            write!(text, "<ofd:Reference FileRef=\"/{name}{number}\">{value}").unwrap();
        }
        text
    };
    let long = "x".repeat(1_000);
    let filler = format!("<!--{}-->", " ".repeat(4 << 20));
    let office = Lab::new();
    let nested = nested_seal(&office);
    vec![
        // What every row needs is read once; each row hashes it for itself.
        Bomb::new(
            "one-large-description.ofd",
            listed(60, |xml| xml + &filler).to_zip().unwrap(),
            "chain.no_anchor",
        ),
        Bomb::new(
            "too-large-description.ofd",
            listed(64, |xml| xml + &filler + &filler).to_zip().unwrap(),
            "document.over_budget",
        ),
        Bomb::new(
            "references.ofd",
            listed(1, |xml| references(&xml, &numbered(49_000, &long))).to_zip().unwrap(),
            "reference.missing",
        )
        .within(MEMORY),
        Bomb::new(
            "references-often.ofd",
            listed(60, |xml| references(&xml, &numbered(800, &long))).to_zip().unwrap(),
            "reference.missing",
        ),
        Bomb::new(
            "references-too-often.ofd",
            listed(64, |xml| references(&xml, &numbered(40_000, ""))).to_zip().unwrap(),
            "document.over_budget",
        ),
        Bomb::new(
            "one-reference-often.ofd",
            listed(1, |xml| {
                references(&xml, &format!("<ofd:Reference FileRef=\"/OFD.xml\">{value}").repeat(49_000))
            })
            .to_zip()
            .unwrap(),
            "reference.duplicate",
        ),
        Bomb::new("rows.ofd", listed(10_000, |xml| xml).to_zip().unwrap(), "document.over_budget"),
        Bomb::new("nested-picture.ofd", nested, "seal.picture_nested"),
    ]
}

/// A license under a seal whose picture is a package of as many packages as it may hold.
fn nested_seal(lab: &Lab) -> Vec<u8> {
    let mut picture = Package::new(sealed());
    let entry = |number| Entry { name: format!("{number}.ofd"), content: Vec::new(), deflate: false };
    picture.entries = (0..9_000).map(entry).collect();
    picture.put("OFD.xml", root(""));
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let mut draft = SealDraft::new(Layout::Gb2020, "1", "样例", signers, validity()).unwrap();
    draft.picture.format = "OFD".to_owned();
    draft.picture.data = picture.to_zip().unwrap();
    let seal = draft.sign(&lab.hierarchy.maker).unwrap();
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    let (name, text) = {
        let list = package.entries.iter().find(|entry| entry.name.ends_with("Signatures.xml")).unwrap();
        (list.name.clone(), String::from_utf8(list.content.clone()).unwrap())
    };
    let start = text.find("<ofd:Signature ").unwrap();
    let end = start + text[start..].find("/>").unwrap() + 2;
    package.put(&name, format!("{}{}{}", &text[..start], text[start..end].repeat(60), &text[end..]));
    package.to_zip().unwrap()
}

/// A package of one document with tags: `pages` on it, the list of tag files, and one tag file.
fn tagged(page: &str, list: &str, tags: &str) -> Package {
    let pages = "<ofd:Pages><ofd:Page ID=\"1\" BaseLoc=\"Page.xml\"/></ofd:Pages>";
    package(vec![
        ("OFD.xml", root(&body(""))),
        (DOCUMENT, document(&format!("{pages}<ofd:CustomTags>Tags.xml</ofd:CustomTags>"))),
        ("Doc_0/Page.xml", format!("<ofd:Page {XMLNS}>{page}</ofd:Page>")),
        ("Doc_0/Tags.xml", format!("<ofd:CustomTags {XMLNS}>{list}</ofd:CustomTags>")),
        ("Doc_0/Tag.xml", tags.to_owned()),
    ])
}

fn data() -> Vec<Bomb> {
    let list = "<ofd:CustomTag><ofd:FileLoc>Tag.xml</ofd:FileLoc></ofd:CustomTag>";
    let text = |length: usize| {
        format!(
            "<ofd:TextObject ID=\"9\"><ofd:TextCode>{}</ofd:TextCode></ofd:TextObject>",
            "字".repeat(length)
        )
    };
    let pointer = "<ofd:ObjectRef PageRef=\"1\">9</ofd:ObjectRef>";
    let long_name = "n".repeat(1 << 20);
    let pointers =
        |holder: &str, count: usize| format!("<t {XMLNS}><{holder}>{}</{holder}></t>", pointer.repeat(count));
    let each = format!("<证照名称>{pointer}</证照名称>");
    let custom = |rows: String| {
        let data = format!("<ofd:DocInfo><ofd:CustomDatas>{rows}</ofd:CustomDatas></ofd:DocInfo>");
        zipped(vec![("OFD.xml", root(&body(&data))), (DOCUMENT, document(""))])
    };
    let row = |value: &str| format!("<ofd:CustomData Name=\"ZZMC\">{value}</ofd:CustomData>");
    let titles: String = (0..30_000).map(|number| row(&number.to_string())).collect();
    let mut empty_blocks = tagged("", &list.repeat(49_000), "");
    empty_blocks.entries.retain(|entry| entry.name != "Doc_0/Tag.xml");
    let mut members = empty_blocks.members().unwrap();
    let mut member = Member::new("Doc_0/Tag.xml", b"", true, sealed()).unwrap();
    member.data = [b"\0\0\0\xff\xff".repeat(3 << 20), b"\x01\0\0\xff\xff".to_vec()].concat();
    for header in [&mut member.local, &mut member.central] {
        header.compressed = u32::try_from(member.data.len()).unwrap();
    }
    members.push(member);
    vec![
        // Data that inflate to nothing take their time all the same.
        Bomb::new("empty-blocks.ofd", archive(&members).unwrap(), "document.over_budget"),
        Bomb::new(
            "one-text-often.ofd",
            tagged(&text(100_000), list, &pointers("证照名称", 40_000)).to_zip().unwrap(),
            "document.over_budget",
        ),
        Bomb::new(
            "long-holder.ofd",
            tagged(&text(1), list, &pointers(&long_name, 40_000)).to_zip().unwrap(),
            "document.over_budget",
        ),
        Bomb::new(
            "tags.ofd",
            tagged(&text(1), list, &format!("<t {XMLNS}>{}</t>", each.repeat(49_000))).to_zip().unwrap(),
            "license.value_uncovered",
        )
        .within(MEMORY),
        Bomb::new(
            "tag-files.ofd",
            tagged("", &list.repeat(200_000), "").to_zip().unwrap(),
            "document.over_budget",
        ),
        Bomb::new("titles.ofd", custom(row(&"字".repeat(150_000)) + &titles), "license.values_contradict"),
        Bomb::new("long-titles.ofd", custom(row(&"字".repeat(10_000_000))), "document.over_budget"),
    ]
}
