//! Locations inside a package (ST_Loc, GB/T 33190-2016 §7.2): `/` begins at the package's root,
//! anything else at the directory of the file that holds the location.

/// A location resolved to an entry's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The name of the entry.
    pub entry: String,
    /// Whether the location was written as the standard says, without empty or dot parts.
    pub clean: bool,
}

/// Bytes of a location, twice what names of entries have by default; a part with thousands of longer ones would cost
/// gigabytes to resolve.
pub(super) const LONGEST: usize = 2048;

/// Resolves `location` as written in the entry `from`; `None` if it climbs out of the package, names nothing, or is too
/// long to name an entry.
pub fn resolve(from: &str, location: &str) -> Option<Located> {
    let location = location.trim();
    if location.len() > LONGEST {
        return None;
    }
    let (base, relative) = match location.strip_prefix('/') {
        Some(rest) => ("", rest),
        None => (from.rsplit_once('/').map_or("", |(directory, _)| directory), location),
    };
    let mut clean = true;
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => clean = false,
            ".." => {
                clean = false;
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    if relative.is_empty() || location.contains(['\\', '\0']) {
        return None;
    }
    let entry = parts.join("/");
    (entry.len() <= LONGEST).then_some(Located { entry, clean })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_resolve_as_in_the_standard_and_in_the_field() {
        let cases = [
            (
                "Doc_0/Document.xml",
                "Pages/Page_0/Content.xml",
                Some(("Doc_0/Pages/Page_0/Content.xml", true)),
            ),
            (
                "Doc_0/Signs/Signatures.xml",
                "/Doc_0/Signs/Sign_0/Signature.xml",
                Some(("Doc_0/Signs/Sign_0/Signature.xml", true)),
            ),
            ("OFD.xml", "//Doc_0/Document.xml", Some(("Doc_0/Document.xml", false))),
            ("Doc_0/Pages/P/Content.xml", "../../Res/a.png", Some(("Doc_0/Res/a.png", false))),
            ("Doc_0/Document.xml", " PublicRes.xml ", Some(("Doc_0/PublicRes.xml", true))),
            ("OFD.xml", "../OFD.xml", None),
            ("OFD.xml", "a\\b", None),
            ("OFD.xml", "", None),
            ("OFD.xml", "/", None),
            ("OFD.xml", &"a/".repeat(1025), None),
        ];
        for (from, location, expected) in cases {
            let expected = expected.map(|(entry, clean)| Located { entry: entry.to_owned(), clean });
            assert_eq!(resolve(from, location), expected, "{from} {location}");
        }
    }
}
