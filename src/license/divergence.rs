//! How files of the field differ from the standards, and what the judge does about each difference.
//! The table is the policy; the code that carries it out stands where each structure is read.

use crate::verdict::Code;

/// What is done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Taken as meant, without a word: the standard leaves it open, or nothing depends on it.
    Accept,
    /// Taken as meant, and reported.
    Report(Code),
    /// Not taken.
    Refuse(Code),
}

/// One difference that was seen.
#[derive(Clone, Copy, Debug)]
pub struct Divergence {
    /// A short name, for tests and documentation.
    pub name: &'static str,
    /// What the file does, and what the standard says.
    pub what: &'static str,
    /// What is done.
    pub treatment: Treatment,
    /// Why.
    pub why: &'static str,
}

const fn row(name: &'static str, what: &'static str, treatment: Treatment, why: &'static str) -> Divergence {
    Divergence { name, what, treatment, why }
}

use Treatment::{Accept, Refuse, Report};

/// Every difference with a rule of its own.
pub const DIVERGENCES: &[Divergence] = &[
    row(
        "version-of-another-layout",
        "the header says version 4 in the layout of 2014",
        Report(Code::SealVersion),
        "the shape decides how it is read; the number only contradicts it",
    ),
    row(
        "raw-signature-value",
        "a signature is 64 bytes, r before s, where GB/T 35276 wants a SEQUENCE",
        Report(Code::SignatureEncodingRaw),
        "the two numbers are the same, and nothing else can be read into 64 bytes",
    ),
    row(
        "loose-signature-value",
        "r or s has needless zeros, or lacks the zero that its sign bit needs",
        Report(Code::SignatureEncodingLoose),
        "taken as unsigned, each encoding still means one number",
    ),
    row(
        "prefixed-data-hash",
        "dataHash is SM3(Z ‖ data) where the standard says SM3(data)",
        Report(Code::ReferencePrefixed),
        "the content is bound all the same, but no standard says so: undetermined",
    ),
    row(
        "prefixed-references",
        "digests of references are SM3(Z ‖ data)",
        Report(Code::ReferencePrefixed),
        "as above",
    ),
    row(
        "signed-over-the-description",
        "the signature is over Signature.xml and not over TBS_Sign",
        Refuse(Code::SignatureOverDescription),
        "seal, time and path would not be signed",
    ),
    row(
        "check-method-by-name",
        "CheckMethod is `SM3` or `sm3` instead of the object identifier",
        Report(Code::ReferenceMethodSpelling),
        "the name means one algorithm",
    ),
    row(
        "check-method-of-another-arc",
        "CheckMethod is 1.2.156.10197.1.401.2, which is not plain SM3",
        Refuse(Code::ReferenceMethodRefused),
        "an algorithm that is guessed is not checked",
    ),
    row(
        "check-method-md5",
        "CheckMethod is MD5, the schema's default",
        Refuse(Code::ReferenceMethodRefused),
        "collisions take seconds",
    ),
    row(
        "check-method-absent",
        "CheckMethod is left out",
        Refuse(Code::ReferenceMethodMissing),
        "the schema's default is MD5; assuming another would be a guess",
    ),
    row(
        "check-method-sha1",
        "CheckMethod is SHA-1",
        Report(Code::ReferenceMethodWeak),
        "old licenses have it; collisions are practical: undetermined",
    ),
    row(
        "time-as-text",
        "timeInfo of the 2014 layout is text such as `2020-01-25 07:31:56` or seconds since 1970",
        Accept,
        "the standard leaves the form open; a time without a zone is China's",
    ),
    row(
        "time-as-token",
        "timeInfo of the 2014 layout is a timestamp",
        Report(Code::TimestampOfContent),
        "the standard allows it; it stands inside what is signed, so it shows only that the signature is no older",
    ),
    row(
        "signers-by-name",
        "the seal lists IA5Strings instead of certificates",
        Refuse(Code::SealSignersAbsent),
        "a name identifies no key",
    ),
    row(
        "prefixed-signer-digest",
        "the seal lists SM3(Z ‖ certificate) of a signer",
        Report(Code::SealSignerPrefixed),
        "tried only where no plain digest fits; it names one certificate all the same",
    ),
    row(
        "picture-of-a-package",
        "the seal's picture is an OFD package",
        Accept,
        "tax seals have it; it is opened as a container and no deeper",
    ),
    row(
        "picture-of-another-format",
        "the seal's picture is not of the format that the seal states",
        Report(Code::SealPictureType),
        "the maker signed the picture as it is",
    ),
    row(
        "paths-with-empty-parts",
        "paths such as `//Doc_0/Document.xml` or relative ones where absolute ones are due",
        Report(Code::OfdPath),
        "they lead to one entry",
    ),
    row(
        "property-blank",
        "propertyInfo is a space instead of the path",
        Report(Code::SignaturePathBlank),
        "dataHash still binds the content",
    ),
    row(
        "namespace-of-old-producers",
        "the namespace is http://www.ofdspec.org without the year",
        Accept,
        "the elements are the same",
    ),
    row(
        "curve-misnamed",
        "the key's parameter is 1.2.156.10197.1.301.1, a signature, instead of the curve",
        Report(Code::ChainCurveMisnamed),
        "only one curve has such keys",
    ),
    row(
        "algorithm-misnamed",
        "SES_Signature names the arc of CMS where the signature's algorithm belongs",
        Report(Code::SignatureAlgorithmMisnamed),
        "an SM2 key makes only one kind of signature",
    ),
    row(
        "type-absent",
        "Signature has no Type in Signatures.xml",
        Accept,
        "absent means Seal, and the value shows what it is",
    ),
    row(
        "date-in-any-form",
        "SignatureDateTime has no zone, a wrong one, or milliseconds",
        Accept,
        "it is for display; the time comes from the signature",
    ),
    row(
        "cms-in-ber",
        "CMS is in BER with indefinite lengths",
        Report(Code::SignatureBer),
        "rewritten as DER, which is what signers hash; other framing would not verify",
    ),
    row(
        "cms-as-base64",
        "SignedValue.dat holds base64 text",
        Report(Code::SignatureBase64),
        "it decodes to one value",
    ),
    row(
        "tags-with-broken-namespaces",
        "CustomTag.xml has names such as `<:params xmlns:=\"\">`, which XML does not allow",
        Report(Code::OfdUnreadablePart),
        "genuine licenses have it; the file holds no content of the page",
    ),
];
