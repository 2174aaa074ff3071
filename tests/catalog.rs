//! The shipped catalog as a table that is reviewed, and every fault that a catalog can have, with its line and how to mend it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use tongban::catalog::{About, Catalog, Service};
use tongban::demo::policies::SHIPPED;
use tongban::fault::{Fault, Source};

#[path = "support/golden.rs"]
mod golden;

/// The shipped files of the catalog.
fn shipped() -> Vec<(&'static str, String)> {
    let files = SHIPPED.iter().filter_map(|(path, text)| Some((path.strip_prefix("catalog/")?, *text)));
    files.map(|(name, text)| (name, text.to_owned())).collect()
}

fn parse(files: &[(&str, String)]) -> Result<Catalog, Vec<Fault>> {
    let sources: Vec<Source<'_>> = files.iter().map(|(name, text)| Source { name, text }).collect();
    Catalog::parse(&sources)
}

fn rows(service: &Service, catalog: &Catalog) -> Vec<String> {
    let about = |about: &About| {
        format!("{}\t{}\t{}", about.field_type.id, about.concern.as_str(), about.sensitivity.grade())
    };
    let matters = catalog.matters().filter(|matter| matter.services.contains(&service.id)).count();
    let functions: Vec<&str> = service.functions.iter().map(|id| id.as_str()).collect();
    let whole = format!(
        "{}\tservice\t{} {} by {}\t{}\tcached {} s, {matters} matters\t{}",
        service.id,
        service.share.as_str(),
        service.mode.as_str(),
        functions.join("+"),
        service.domain,
        service.cache_seconds,
        service.sensitivity.grade()
    );
    let request = service.request.iter().map(|one| {
        let marks =
            [(one.name == service.subject, " subject"), (!one.required, " optional"), (one.list, " list")];
        let marks: String = marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark).collect();
        format!("{}\trequest{marks}\t{}\t{}", service.id, one.name, about(&one.about))
    });
    let response = service.response.iter().map(|one| {
        let mask = if one.masked { " masked" } else { "" };
        let authority = one.authority.as_ref().map(|id| format!(" from {id}")).unwrap_or_default();
        format!("{}\tresponse{mask}{authority}\t{}\t{}", service.id, one.path, about(&one.about))
    });
    [whole].into_iter().chain(request).chain(response).collect()
}

#[test]
fn services_with_their_fields_and_how_sensitive_each_is() {
    let catalog = parse(&shipped()).unwrap();
    let rows: Vec<String> = catalog.services().flat_map(|service| rows(service, &catalog)).collect();
    golden::compare("../catalog.tsv", "service\tpart\tname\ttype\tconcerns\tsensitivity", &rows);
}

/// File, what stands there, what is put in its place.
const EDITS: &[(&str, &str, &str)] = &[
    ("catalog.json", "\"2026.11.0\"", "\"2026/11\""),
    ("catalog.json", "2026-11-22", "2026-11-31"),
    ("catalog.json", "\"issued\"", "\"date\""),
    ("catalog.json", "{", "["),
    ("field_types.json", "\"id\": \"address\"", "\"id\": \"Address\""),
    ("field_types.json", "\"地址\"", "\"\""),
    ("field_types.json", "\"type\": \"string\", \"maxLength\": 256", "\"type\": \"string\""),
    ("field_types.json", "\"type\": \"object\"", "\"type\": \"object\", \"maxLength\": 3"),
    ("field_types.json", "\"format\": \"date\"", "\"format\": \"day\""),
    ("field_types.json", "\"minimum\": 0", "\"minimum\": 1300"),
    (
        "field_types.json",
        "\"type\": \"object\"",
        "\"type\": \"object\", \"$ref\": \"https://schema.invalid/\"",
    ),
    ("field_types.json", "\"id\": \"amount\"", "\"id\": \"address\""),
    ("departments.json", "\"id\": \"taxation\"", "\"id\": \"Taxation\""),
    ("departments.json", "\"id\": \"education\"", "\"id\": \"civil_affairs\""),
    ("departments.json", "\"english\": \"health\"", "\"english\": \" \""),
    ("departments.json", "11100000000013127D", "11100000000013127E"),
    ("departments.json", "\"region\": \"440000\"", "\"region\": \"990000\""),
    ("departments.json", "\"code\": null", "\"code\": \"11100000000013127D\""),
    ("departments.json", "\"code\": \"11440000DEM000001W\"", "\"code\": null"),
    ("departments.json", "\"source\": \"sample\"", "\"source\": \"guessed\""),
    ("departments.json", "11440000DEM0000020", "11440000DEM000001W"),
    ("departments.json", "\"region\": \"000000\", \"name\": \"公安部\"", "\"name\": \"公安部\""),
    ("regions.json", "\"code\": \"43\"", "\"code\": \"99\""),
    ("regions.json", "\"code\": \"43\"", "\"code\": \"42\""),
    ("regions.json", "\"湖南省\"", "\"河南省\""),
    ("regions.json", "\"Hunan\"", "\"\""),
    ("regions.json", "[\"50\", \"51\"]", "[\"50\"]"),
    ("regions.json", "[\"50\", \"51\"]", "[\"50\", \"51\", \"50\", \"98\"]"),
    ("regions.json", "\"chengdu_chongqing\"", "\"yangtze_river_delta\""),
    ("regions.json", "\"chengdu_chongqing\"", "\"川渝\""),
    ("services.json", "\"id\": \"hj.identity.verify\"", "\"id\": \"HJ\""),
    ("services.json", "\"id\": \"hj.identity.verify\"", "\"id\": \"hj.baseinfo.query\""),
    ("services.json", "\"functions\": [\"public_security\"]", "\"functions\": []"),
    ("services.json", "\"functions\": [\"public_security\"]", "\"functions\": [\"police\"]"),
    ("services.json", "\"share\": \"conditional\"", "\"share\": \"unconditional\""),
    ("services.json", "\"share\": \"conditional\"", "\"share\": \"withheld\""),
    ("services.json", "\"share\": \"unconditional\"", "\"share\": \"conditional\""),
    ("services.json", "\"subject\": \"gmsfhm\"", "\"subject\": \"sfzh\""),
    ("services.json", "{ \"name\": \"xm\",", "{ \"name\": \"gmsfhm\","),
    ("services.json", "{ \"name\": \"xm\",", "{ \"name\": \"x m\","),
    ("services.json", "{ \"name\": \"xm_ppddm\",", "{ \"name\": \"gmsfhm_ppddm.x\","),
    ("services.json", "{ \"name\": \"xm_ppddm\",", "{ \"name\": \"é\","),
    ("services.json", "\"type\": \"person_name\"", "\"type\": \"nom\""),
    ("services.json", "\"kind\": \"personal\"", "\"kind\": \"private\""),
    ("services.json", "\"kind\": \"personal\"", "\"kind\": \"public\""),
    ("services.json", "\"type\": \"person_name\"", "\"mask\": true, \"type\": \"person_name\""),
    ("services.json", "\"authority\": \"market_regulation\"", "\"authority\": \"market\""),
    ("services.json", "\"title\": \"姓名\"", "\"title\": \"\""),
    ("services.json", "\"sensitivity\": 2,\n", "\"sensitivity\": 5,\n"),
    ("services.json", "\"sensitivity\": 2,\n", "\"sensitivity\": 1,\n"),
    ("services.json", "\"cache_seconds\": 86400", "\"cache_seconds\": 864000"),
    ("services.json", "\"mode\": \"query\"", "\"mode\": \"case\""),
    (
        "services.json",
        "\"sensitivity\": 4,\n      \"cache_seconds\": 0",
        "\"sensitivity\": 4,\n      \"cache_seconds\": 1",
    ),
    ("services.json", "\"services\": [", "\"services\": [ 7,"),
    ("license_types.json", "11100000000013127D001", "11100000000013127E001"),
    ("license_types.json", "11100000000013127D001", "111000000000131433001"),
    ("license_types.json", "\"code\": null", "\"code\": \"11100000000013127D002\""),
    ("license_types.json", "\"code_source\": \"verified\"", "\"code_source\": \"unknown\""),
    ("license_types.json", "\"function\": \"public_security\"", "\"function\": \"health\""),
    ("license_types.json", "\"function\": \"public_security\"", "\"function\": \"police\""),
    ("license_types.json", "\"holders\": [\"111\"]", "\"holders\": [\"112\"]"),
    ("license_types.json", "\"holder_count\": 1", "\"holder_count\": 3"),
    ("license_types.json", "\"resident identity card\"", "\"\""),
    ("license_types.json", "\"id\": \"household_register\"", "\"id\": \"resident_identity_card\""),
    ("license_types.json", "\"id\": \"household_register\"", "\"id\": \"Household\""),
    ("license_types.json", "\"relation\": \"parent_of\"", "\"relation\": \"mother_of\""),
    ("license_types.json", "\"relation\": \"parent_of\"", "\"relation\": \"spouse\""),
    ("license_types.json", "\"relation\": \"parent_of\"", "\"relation\": \"self\""),
    ("license_types.json", "\"relation\": \"self\", ", "\"relation\": \"agent_for\", "),
    ("license_types.json", "\"person\": [\"hz_gmsfhm\"]", "\"person\": [\"hz\"]"),
    ("license_types.json", "\"field\": \"yhzgx\"", "\"field\": \"relation\""),
    (
        "license_types.json",
        "[\"子\", \"独生子\", \"长子\", \"次子\", \"女\", \"独生女\", \"长女\", \"次女\"]",
        "[]",
    ),
    ("license_types.json", "\"issuers\": [\"公安\"]", "\"issuers\": []"),
    ("license_types.json", "\"subject\": [\"holder\"]", "\"subject\": []"),
    ("license_types.json", "\"holder_count\": 2,\n", "\"holder_count\": 1,\n"),
    ("matters.json", "\"000115035000\"", "\"11100000MB032716991000115035000\""),
    ("matters.json", "\"000115035000\"", "\"990115035000\""),
    ("matters.json", "\"000172149001\"", "\"000115035000\""),
    ("matters.json", "\"verified\": false, \"sample\": true", "\"verified\": true, \"sample\": true"),
    ("matters.json", "\"services\": [],", "\"services\": [\"sb.insured.query\"],"),
    ("matters.json", "\"sb.card.query\"", "\"no.such.service\""),
    ("matters.json", "\"sb.card.query\"", "\"sb.insured.query\""),
    ("matters.json", "\"function\": \"education\"", "\"function\": \"schools\""),
    ("matters.json", "\"sample\": true }", "\"sample\": 1 }"),
];

#[test]
fn faults_of_each_file() {
    let mut table = Vec::new();
    for (file, from, to) in EDITS.iter() {
        let mut files = shipped();
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        *text = text.replacen(from, to, 1);
        let edit = format!("{} → {}", from.trim(), to.trim()).replace('\n', " ");
        let faults = parse(&files).err().unwrap_or_default();
        assert!(!faults.is_empty(), "{file}: {edit}");
        assert!(faults.iter().all(|fault| fault.file == *file || fault.line > 0), "{faults:?}");
        table.extend(faults.iter().map(|fault| format!("{edit}\t{fault}")));
    }
    let mut files = shipped();
    let (name, text) = files.pop().unwrap();
    table.extend(parse(&files).unwrap_err().iter().map(|fault| format!("without {name}\t{fault}")));
    files.extend([(name, text.clone()), (name, text), ("other.json", String::new())]);
    table.extend(parse(&files).unwrap_err().iter().map(|fault| format!("{name} twice, other.json\t{fault}")));
    golden::compare("../catalog_faults.tsv", "edit\tfault", &table);
}

#[test]
fn faults_of_all_files_come_at_once() {
    let mut files = shipped();
    let mut expected = 0;
    for (name, text) in &mut files {
        let (_, from, to) = EDITS.iter().find(|(file, ..)| file == name).unwrap();
        *text = text.replacen(from, to, 1);
        expected += 1;
    }
    let faults = parse(&files).unwrap_err();
    let mut at_fault: Vec<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
    at_fault.dedup();
    assert_eq!(at_fault.len(), expected, "{faults:?}");
}

#[test]
fn a_file_that_cannot_be_read_brings_no_faults_of_others() {
    for broken in ["catalog.json", "field_types.json", "departments.json", "regions.json", "services.json"] {
        let mut files = shipped();
        let (_, text) = files.iter_mut().find(|(name, _)| *name == broken).unwrap();
        *text = text.replacen('{', "{\n{", 1);
        let faults = parse(&files).unwrap_err();
        assert!(faults.iter().all(|fault| fault.file == broken && fault.line > 0), "{broken}: {faults:?}");
    }
}
