//! What a `Content-Type` says a body is (RFC 9110 §8.3.1), its parameters left out.

/// Type and subtype in lower case, such as `application/json`.
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether `content_type` is JSON of some kind: `application/json`, or a type with the suffix `+json` (RFC 6839 §3.1).
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_make_no_difference() {
        assert_eq!(essence("Multipart/Form-Data; boundary=x"), "multipart/form-data");
        for json in ["application/json", "Application/JSON ; charset=utf-8", "application/problem+json"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/json", "application/jsonp", "text/plain; x=application/json"] {
            assert!(!is_json(other), "{other}");
        }
    }
}
