use proptest::prelude::*;

use super::*;

#[test]
fn reads_what_it_writes() {
    let value = write::sequence(&[
        &write::unsigned(0),
        &write::unsigned(u64::MAX),
        &write::oid("1.2.156.10197.1.501").unwrap(),
        &write::octets(&[7; 300]),
        &write::bits(b"bits"),
    ]);
    let mut reader = Reader::only(&value, 4).unwrap().enter().unwrap();
    assert_eq!(reader.unsigned(), Ok(0));
    assert_eq!(reader.unsigned(), Ok(u64::MAX));
    assert_eq!(reader.oid().unwrap(), "1.2.156.10197.1.501");
    assert_eq!(reader.octets().unwrap(), [7; 300]);
    assert_eq!(reader.bits().unwrap(), b"bits");
    reader.finish().unwrap();
}

#[test]
fn refuses_what_der_forbids() {
    let faults = [
        (&[0x02, 0x02, 0x00, 0x01][..], Fault::Content),
        (&[0x02, 0x01, 0xff], Fault::Content),
        (&[0x02, 0x81, 0x01, 0x05], Fault::Length),
        (&[0x02, 0x80, 0x00, 0x00], Fault::Length),
        (&[0x02, 0x02, 0x01], Fault::Truncated),
        (&[0x04, 0x00], Fault::UnexpectedTag { found: 4, expected: 2 }),
    ];
    for (bytes, fault) in faults {
        assert_eq!(Reader::new(bytes, 4).unsigned().unwrap_err().fault, fault, "{bytes:02x?}");
    }
    assert_eq!(
        Reader::only(&[0x05, 0x00, 0x00], 4).unwrap_err(),
        Error { fault: Fault::Trailing, offset: 2 }
    );
}

#[test]
fn nesting_is_bounded() {
    let deep = (0..40).fold(Vec::new(), |inner, _| write::tlv(tag::SEQUENCE, &inner));
    let mut reader = Reader::new(&deep, 32);
    let fault = loop {
        match reader.sequence() {
            Ok(inner) => reader = inner,
            Err(error) => break error.fault,
        }
    };
    assert_eq!(fault, Fault::Depth);
    assert_eq!(ber::transcode(&deep, 32).unwrap_err().fault, Fault::Depth);
}

#[test]
fn ber_becomes_der() {
    let segmented = [0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0xaa, 0x04, 0x81, 0x01, 0xbb, 0, 0, 0, 0];
    let (der, changed) = ber::transcode(&segmented, 8).unwrap();
    assert_eq!((der.as_slice(), changed), (&[0x30, 0x04, 0x04, 0x02, 0xaa, 0xbb][..], true));
    assert_eq!(ber::transcode(&der, 8).unwrap(), (der.clone(), false));
}

#[test]
fn times_in_der_form_only() {
    let generalized = |text: &str| parse_generalized(text.as_bytes()).map(|at| at.to_string());
    assert_eq!(generalized("20200422035805Z").as_deref(), Some("2020-04-22T03:58:05Z"));
    assert_eq!(generalized("20200422035805.25Z").as_deref(), Some("2020-04-22T03:58:05.25Z"));
    for bad in
        ["20200422035805", "20200422035805.Z", "20200422035805.50Z", "20200230000000Z", "2020042203580Z"]
    {
        assert_eq!(generalized(bad), None, "{bad}");
    }
    assert_eq!(parse_utc(b"491231235959Z").unwrap().to_string(), "2049-12-31T23:59:59Z");
    assert_eq!(parse_utc(b"500101000000Z").unwrap().to_string(), "1950-01-01T00:00:00Z");
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Reader::only(&bytes, 8).map(|tlv| (tlv.text(), tlv.time(), tlv.bits()));
        if let Ok((der, _)) = ber::transcode(&bytes, 8) {
            prop_assert!(Reader::only(&der, 8).is_ok());
        }
    }

    #[test]
    fn object_identifiers_round_trip(arcs in proptest::collection::vec(any::<u32>(), 0..8), second in 0_u32..40) {
        let text = std::iter::once(1).chain([second]).chain(arcs).map(|arc| arc.to_string()).collect::<Vec<_>>().join(".");
        let der = write::oid(&text).unwrap();
        prop_assert_eq!(Reader::new(&der, 1).oid().unwrap(), text);
    }
}

#[test]
fn times_are_read_as_written() {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    for (text, utc) in [
        ("1950-01-01T00:00:00Z", true),
        ("2026-11-21T08:09:10Z", true),
        ("2049-12-31T23:59:59Z", true),
        ("2050-01-01T00:00:00Z", false),
    ] {
        let read = |value: &[u8]| Reader::only(value, 1).unwrap().time().unwrap();
        assert_eq!(read(&write::generalized_time(at(text)).unwrap()), at(text));
        assert_eq!(write::utc_time(at(text)).map(|value| read(&value)), utc.then(|| at(text)));
    }
}
