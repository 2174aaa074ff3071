//! The scan before the parser, held against the parser.

use proptest::prelude::*;

use super::*;
use crate::budget::Limits;

/// Of what readers of XML disagree on: comments, instructions, sections and quotes, whole and torn.
const PIECES: [&str; 26] = [
    "<a>",
    "<a>",
    "<a>",
    "</a>",
    "</a>",
    "</a>",
    "<a/>",
    "<a b='>'>",
    "<a b=\"/>\">",
    "<a b='<'/>",
    "t",
    "<!--x-->",
    "<!-->",
    "-->",
    "<!--->",
    "<![CDATA[</a>]]>",
    "<?p </a>?>",
    "<?p?>",
    "<a c = 'x' >",
    "</a >",
    "<!---->",
    "<!-- > -->",
    "]]",
    "'",
    "\"",
    "&lt;",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_scan_counts_no_less_depth_than_the_parser(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 2..11),
    ) {
        let text = format!("<a>{}</a>", pieces.concat());
        if let Ok(document) = Document::parse(&text) {
            let depth = |node: Node<'_, '_>| node.ancestors().filter(Node::is_element).count();
            let deepest = document.descendants().filter(Node::is_element).map(depth).max().unwrap_or(0);
            let limit = u32::try_from(deepest).unwrap() - 1;
            prop_assert!(scan(text.as_bytes(), limit).is_err(), "{}", text);
        }
    }
}

#[test]
fn comments_that_seem_to_end_where_they_begin_hide_nothing() {
    for comment in ["<!--></a>-->", "<!---></a>-->"] {
        let text = format!("<r>{}{}</r>", format!("<a>{comment}").repeat(100), "</a>".repeat(100));
        let refused = Xml::parse(text.as_bytes(), &mut Budget::new(Limits::default())).unwrap_err();
        assert!(
            matches!(refused, Fault::Exhausted(Exhausted { what: Resource::XmlDepth, .. })),
            "{refused:?}"
        );
        let open: String = (0..20).map(|number| format!("<a xmlns:p{number}='u'>{comment}")).collect();
        let text = format!("<r>{open}{}</r>", "</a>".repeat(20));
        let refused = Xml::parse(text.as_bytes(), &mut Budget::new(Limits::default())).unwrap_err();
        assert_eq!(refused, Fault::Attributes);
    }
}
