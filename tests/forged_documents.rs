//! What stands in the documents, licenses and seals that the forge makes, before anyone signs or judges them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeSet;

use tongban::asn1::Reader;
use tongban::clock::Timestamp;
use tongban::demo::forge::{
    Annotation, Attachment, Boundary, Color, Document, Error, Extension, Font, Hierarchy, Holder, Image,
    Layout, Method, Object, Page, Picture, SealDraft, SealSigners, Seed, Signing, Validity, identity_card,
    package, samples,
};
use tongban::identifier::{CitizenNumber, LicenseIdentifier};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn validity() -> Validity {
    Validity { from: at("2026-01-01T00:00:00Z"), until: at("2060-01-01T00:00:00Z") }
}

fn hierarchy() -> Hierarchy {
    Hierarchy::new(&Seed::new("tests"), validity()).unwrap()
}

/// A document with a part of every kind.
fn rich() -> Document {
    let created = at("2026-11-21T08:00:00Z");
    let watermark = Boundary::new(50.0, 100.0, 100.0, 20.0);
    let image = Picture::round_seal().unwrap();
    let mut document = Document::new("0123456789abcdef0123456789abcdef".to_owned(), created);
    document.custom_data = vec![("ZZMC".to_owned(), "<样例>".to_owned())];
    document.images = vec![Image { file: "logo.png".to_owned(), format: "PNG".to_owned(), data: image.data }];
    document.templates = vec![vec![Object::rule(10.0, 10.0, 190.0, 0.2, Color::BLACK)]];
    let tagged = |text: &str| Object::Text {
        x: 20.0,
        y: 30.0,
        size: 5.0,
        font: Font::Song,
        color: Color::BLACK,
        text: text.to_owned(),
        tag: Some("地址".to_owned()),
    };
    let picture = Object::Image { boundary: Boundary::new(20.0, 60.0, 30.0, 30.0), image: 0 };
    document.pages = vec![
        Page { template: Some(0), objects: vec![tagged("第一行"), tagged("second & last"), picture] },
        Page::default(),
    ];
    document.annotations = vec![Annotation {
        page: 1,
        kind: "Watermark".to_owned(),
        creator: "Tongban".to_owned(),
        modified: created,
        boundary: watermark,
        objects: vec![Object::text(0.0, 0.0, 10.0, Font::Kai, "样例")],
    }];
    document.attachments = vec![Attachment {
        name: "data".to_owned(),
        file: "data.xml".to_owned(),
        format: "xml".to_owned(),
        data: b"<data/>".to_vec(),
    }];
    document.tag_root = Some("电子证照".to_owned());
    document
}

#[test]
fn every_location_in_a_document_leads_to_an_entry() {
    let package = package(&[rich(), rich()], at("2026-11-21T08:00:00Z")).unwrap();
    let names: BTreeSet<&str> = package.entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut reached = BTreeSet::from(["OFD.xml".to_owned()]);
    for entry in package.entries.iter().filter(|entry| entry.name.ends_with(".xml")) {
        let text = package.text(&entry.name).unwrap();
        let document = roxmltree::Document::parse(text).unwrap();
        let directory = entry.name.rsplit_once('/').map_or("", |(directory, _)| directory);
        let base =
            document.root_element().attribute("BaseLoc").map_or(String::new(), |base| format!("{base}/"));
        for node in document.descendants() {
            let location = match node.tag_name().name() {
                "DocRoot" | "PublicRes" | "DocumentRes" | "FileLoc" | "Annotations" | "Attachments"
                | "CustomTags" => node.text(),
                "MediaFile" => node.text(),
                "Page" | "TemplatePage" => node.attribute("BaseLoc"),
                _ => None,
            };
            let Some(location) = location else { continue };
            let base = if node.tag_name().name() == "MediaFile" { base.as_str() } else { "" };
            let path = format!("{directory}/{base}{location}");
            let path = path.trim_start_matches('/').to_owned();
            assert!(names.contains(path.as_str()), "{}: {path}", entry.name);
            reached.insert(path);
        }
    }
    assert_eq!(reached.iter().map(String::as_str).collect::<BTreeSet<_>>(), names);
}

#[test]
fn identifiers_are_unique_and_below_the_maximum() {
    let package = rich().package().unwrap();
    let mut ids = Vec::new();
    for entry in package.entries.iter().filter(|entry| entry.name.ends_with(".xml")) {
        let document = roxmltree::Document::parse(package.text(&entry.name).unwrap()).unwrap();
        ids.extend(
            document
                .descendants()
                .filter_map(|node| node.attribute("ID"))
                .map(|id| id.parse::<u32>().unwrap()),
        );
    }
    let unique: BTreeSet<u32> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
    let text = package.text("Doc_0/Document.xml").unwrap();
    let document = roxmltree::Document::parse(text).unwrap();
    let maximum = document.descendants().find(|node| node.tag_name().name() == "MaxUnitID").unwrap();
    assert_eq!(unique.last().unwrap().to_string(), maximum.text().unwrap());
}

#[test]
fn tags_point_to_the_lines_of_their_value() {
    let package = rich().package().unwrap();
    let tags = roxmltree::Document::parse(package.text("Doc_0/Tags/CustomTag.xml").unwrap()).unwrap();
    let page = roxmltree::Document::parse(package.text("Doc_0/Pages/Page_0/Content.xml").unwrap()).unwrap();
    let address = tags.root_element().first_element_child().unwrap();
    assert_eq!(address.tag_name().name(), "地址");
    let value: Vec<&str> = address
        .children()
        .map(|reference| {
            let object = page.descendants().find(|node| node.attribute("ID") == reference.text()).unwrap();
            let code = object.children().find(|node| node.tag_name().name() == "TextCode").unwrap();
            code.text().unwrap()
        })
        .collect();
    assert_eq!(value, ["第一行", "second & last"]);
}

#[test]
fn what_is_missing_is_named() {
    let mut document = rich();
    document.annotations[0].page = 2;
    assert!(matches!(document.package(), Err(Error::Missing("page", 2))));
    let mut document = rich();
    document.templates.clear();
    assert!(matches!(document.package(), Err(Error::Missing("template", 0))));

    let signer = hierarchy().signer("样例局").unwrap();
    let mut package = rich().package().unwrap();
    let mut signing = Signing::new(&signer, Method::Bare, at("2026-11-21T08:00:00Z"));
    signing.document = 1;
    assert!(matches!(signing.sign(&mut package), Err(Error::Document(1))));
}

#[test]
fn each_document_of_a_package_has_its_own_list_of_signatures() {
    let signer = hierarchy().signer("样例局").unwrap();
    let mut package = package(&[rich(), rich()], at("2026-11-21T08:00:00Z")).unwrap();
    let mut signing = Signing::new(&signer, Method::Bare, at("2026-11-21T08:00:00Z"));
    signing.document = 1;
    assert_eq!(signing.sign(&mut package).unwrap().directory, "Doc_1/Signs/Sign_0");
    let root = roxmltree::Document::parse(package.text("OFD.xml").unwrap()).unwrap();
    let lists: Vec<Option<&str>> = root
        .root_element()
        .children()
        .map(|body| body.children().find(|node| node.tag_name().name() == "Signatures")?.text())
        .collect();
    assert_eq!(lists, [None, Some("/Doc_1/Signs/Signatures.xml")]);
}

#[test]
fn samples_carry_identifiers_that_check() {
    for (name, license) in samples(at("2026-03-15T00:00:00Z")).unwrap() {
        let metadata = license.metadata();
        let value = |wanted: &str| {
            metadata.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).unwrap()
        };
        assert_eq!(LicenseIdentifier::parse(value("ZZBS")).unwrap(), license.identifier, "{name}");
        assert_eq!(value("ZZBFJGDM"), license.identifier.issuer, "{name}");
        match &license.holders[0] {
            Holder::Citizen(_, number) => {
                assert_eq!(CitizenNumber::parse(value("CZZTDM")).unwrap(), *number);
                assert_eq!(value("CZZTDMLXDM"), "111");
            }
            Holder::Newborn(_, number) => assert_eq!(value("CZZTDM"), number.expose()),
            Holder::Organization(_, code) => {
                assert_eq!(value("CZZTDM"), code.as_str());
                assert_eq!(value("CZZTDMLXDM"), "001");
            }
        }
        assert!(!format!("{license:?}").contains(value("CZZT")), "{name}");
    }
}

#[test]
fn an_identity_card_issued_on_a_leap_day_ends_in_february() {
    let license = identity_card(at("2028-02-29T00:00:00Z")).unwrap();
    assert_eq!(license.valid_until.unwrap().china_date(), "2038-02-28");
}

#[test]
fn seals_take_digests_extensions_and_timestamps_where_their_layout_has_them() {
    let hierarchy = hierarchy();
    let signer = hierarchy.signer("样例局").unwrap();
    for layout in Layout::ALL {
        let until = at("2049-12-31T00:00:00Z");
        let validity = Validity { until, ..validity() };
        let signers = SealSigners::digests(&[&signer]);
        let mut draft = SealDraft::new(layout, "1", "样例局", signers, validity).unwrap();
        draft.extensions = vec![Extension::key_usage(&[])];
        draft.timestamp = Some(vec![1, 2, 3]);
        let seal = draft.sign(&hierarchy.maker).unwrap();
        let mut fields = Reader::only(&seal.der, 16).unwrap().enter().unwrap();
        let mut info = fields.sequence().unwrap();
        let count = std::iter::from_fn(|| info.any().ok()).count();
        assert_eq!(count, 5);
        let rest = std::iter::from_fn(|| fields.any().ok()).count();
        assert_eq!(rest, if layout == Layout::Gm2014 { 1 } else { 4 });

        // The 2014 layout has UTCTime, which ends with 2049.
        draft.validity.until = at("2050-01-01T00:00:00Z");
        assert_eq!(draft.sign(&hierarchy.maker).is_err(), layout == Layout::Gm2014);
    }
}

#[test]
fn certificate_times_follow_the_year_2050_rule() {
    let certificate = hierarchy().root.certificate().to_vec();
    let find = |text: &[u8]| certificate.windows(text.len()).any(|window| window == text);
    assert!(find(b"\x17\x0d260101000000Z"));
    assert!(find(b"\x18\x0f20600101000000Z"));
}
