use super::*;
use crate::asn1::write;

const DEPTH: u32 = 8;

fn oid(dotted: &str) -> Vec<u8> {
    write::oid(dotted).unwrap()
}

/// TSTInfo with `version`, `time` and what follows it.
fn info(version: u64, time: &str, rest: &[&[u8]]) -> Vec<u8> {
    write::sequence(&[
        &write::unsigned(version),
        &oid("2.999.1"),
        &write::sequence(&[&write::sequence(&[&oid("1.2.156.10197.1.401")]), &write::octets(&[7; 32])]),
        &write::integer(&[9]),
        &write::tlv(tag::GENERALIZED_TIME, time.as_bytes()),
        &rest.concat(),
    ])
}

fn parsed(rest: &[&[u8]]) -> Result<(Option<u64>, bool), Error> {
    let der = info(1, "20261121080000Z", rest);
    TimestampInfo::parse(&der, DEPTH).map(|info| (info.accuracy_micros, info.ordering))
}

fn accuracy(parts: &[&[u8]]) -> Result<Option<u64>, Error> {
    parsed(&[&write::sequence(parts)]).map(|(accuracy, _)| accuracy)
}

fn fraction(tag: u8, number: u64) -> Vec<u8> {
    let mut integer = write::unsigned(number);
    integer[0] = tag;
    integer
}

#[test]
fn the_time_keeps_its_fraction() {
    for (text, expected) in [
        ("20261121080000Z", Some("2026-11-21T08:00:00Z")),
        ("20261121080000.25Z", Some("2026-11-21T08:00:00.25Z")),
        ("20261121080000.123456Z", Some("2026-11-21T08:00:00.123Z")),
        ("20261121080000.50Z", None),
        ("202611210800Z", None),
        ("20261121080000+0800", None),
        ("20261121080000", None),
        ("20261321080000Z", None),
    ] {
        let der = info(1, text, &[]);
        let time = TimestampInfo::parse(&der, DEPTH).ok().map(|info| info.at.to_string());
        assert_eq!(time.as_deref(), expected, "{text}");
    }
}

#[test]
fn accuracy_is_the_sum_of_its_parts() {
    let (seconds, millis, micros) = (write::unsigned(2), fraction(0x80, 30), fraction(0x81, 4));
    assert_eq!(parsed(&[]), Ok((None, false)));
    assert_eq!(accuracy(&[]), Ok(Some(0)));
    assert_eq!(accuracy(&[&seconds]), Ok(Some(2_000_000)));
    assert_eq!(accuracy(&[&seconds, &millis, &micros]), Ok(Some(2_030_004)));
    assert_eq!(accuracy(&[&millis]), Ok(Some(30_000)));
    assert_eq!(accuracy(&[&fraction(0x80, 0)]), Err(Error::Accuracy));
    assert_eq!(accuracy(&[&fraction(0x81, 1000)]), Err(Error::Accuracy));
    assert_eq!(accuracy(&[&write::unsigned(u64::MAX)]), Err(Error::Accuracy));
    assert!(accuracy(&[&micros, &millis]).is_err(), "out of order");
}

#[test]
fn optional_fields_stand_in_their_order() {
    let (ordering, nonce) = (write::boolean(true), write::integer(&[0xff; 8]));
    assert_eq!(parsed(&[&ordering, &nonce]), Ok((None, true)));
    assert!(parsed(&[&nonce, &ordering]).is_err());
    assert!(parsed(&[&nonce, &nonce]).is_err());
    let name = write::sequence(&[]);
    let authority = write::tlv(tag::CONTEXT_0, &write::tlv(0xa4, &name));
    let der = info(1, "20261121080000Z", &[&ordering, &nonce, &authority]);
    let info = TimestampInfo::parse(&der, DEPTH).unwrap();
    assert_eq!(info.nonce, Some(&[&[0][..], &[0xff; 8]].concat()[..]));
    assert_eq!(info.authority, Some(&name[..]));
    // dNSName [2]: a name, but none of a directory.
    let other = write::tlv(tag::CONTEXT_0, &write::tlv(0x82, b"tsa.example"));
    assert_eq!(parsed(&[&other]), Ok((None, false)));
}

#[test]
fn what_is_not_understood_is_refused() {
    let extension = |critical: &[u8]| {
        write::tlv(tag::CONTEXT_1, &write::sequence(&[&oid("2.999.2"), critical, &write::octets(&[])]))
    };
    assert_eq!(parsed(&[&extension(&[])]), Ok((None, false)));
    let critical = extension(&write::boolean(true));
    assert_eq!(parsed(&[&critical]), Err(Error::CriticalExtension("2.999.2".to_owned())));
    let der = info(2, "20261121080000Z", &[]);
    assert_eq!(TimestampInfo::parse(&der, DEPTH), Err(Error::Version(2)));
    let der = [info(1, "20261121080000Z", &[]), vec![0]].concat();
    assert!(TimestampInfo::parse(&der, DEPTH).is_err(), "bytes left over");
}

#[test]
fn a_refusal_is_no_token() {
    let status = |number: u64| write::sequence(&[&write::sequence(&[&write::unsigned(number)])]);
    for number in [0, 2, 5] {
        let error = TimestampToken::parse(&status(number), DEPTH).unwrap_err();
        assert_eq!(error, Error::Refused(number));
    }
    assert!(matches!(TimestampToken::parse(&[], DEPTH), Err(Error::Der(_))));
}
