//! Every reason a judgement can give: code, severity, the best verdict it leaves, and its text in two languages.
//! Codes are part of the interface: they are added, never changed.

mod given;

pub use self::given::{Language, Reason, Severity};
use super::Verdict;

macro_rules! reasons {
    ($($name:ident = $code:literal, $severity:ident, $ceiling:ident, $english:literal, $chinese:literal;)+) => {
        /// What a reason says. The documentation of each is its English text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $english] $name,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// How much it weighs.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }

            /// The best verdict it leaves possible.
            pub const fn ceiling(self) -> Verdict {
                match self { $(Self::$name => Verdict::$ceiling),+ }
            }

            /// The text for people, without particulars.
            pub const fn text(self, language: Language) -> &'static str {
                match language {
                    Language::English => match self { $(Self::$name => $english),+ },
                    Language::Chinese => match self { $(Self::$name => $chinese),+ },
                }
            }
        }
    };
}

reasons! {
    // The file.
    DocumentEmpty = "document.empty", Fatal, NotGenuine,
        "the file is empty", "文件为空";
    DocumentUnknownFormat = "document.unknown_format", Fatal, NotGenuine,
        "the file is none of the formats that carry licenses", "不是电子证照所用的文件格式";
    DocumentOverBudget = "document.over_budget", Fatal, NotGenuine,
        "reading the file costs more than is allowed", "解析该文件的开销超过限额";
    DocumentUnreadable = "document.unreadable", Doubt, Undetermined,
        "the file could not be read from where it is", "无法读取该文件";
    DocumentUnsigned = "document.unsigned", Doubt, Undetermined,
        "the document carries no signature", "文件没有签名";

    // The container (ZIP, APPNOTE 6.3).
    ContainerMalformed = "container.malformed", Fatal, NotGenuine,
        "the container is damaged or truncated", "容器损坏或被截断";
    ContainerAmbiguous = "container.ambiguous", Fatal, NotGenuine,
        "two readers could see different contents in the container", "不同软件可能从容器中读出不同内容";
    ContainerDuplicate = "container.duplicate_name", Fatal, NotGenuine,
        "two entries of the container have the same name, or names that some file systems take for the same",
        "容器中有同名条目，或某些文件系统视为同名的条目";
    ContainerUnsafeName = "container.unsafe_name", Fatal, NotGenuine,
        "an entry's name leaves the container or is not a plain path", "条目名称越出容器或不是普通路径";
    ContainerUnsupported = "container.unsupported", Fatal, NotGenuine,
        "an entry is encrypted or compressed by an unsupported method", "条目被加密或使用不支持的压缩方法";
    ContainerChecksum = "container.checksum", Fatal, NotGenuine,
        "an entry does not have the size or checksum that the container states", "条目大小或校验和与容器记载不符";

    // OFD (GB/T 33190-2016).
    OfdMissing = "ofd.missing_entry", Fatal, NotGenuine,
        "a file that the document needs is not in the container", "文档引用的文件不在容器中";
    OfdXml = "ofd.xml", Fatal, NotGenuine,
        "an XML file is malformed or has a DTD", "XML 文件格式错误或含 DTD";
    OfdStructure = "ofd.structure", Fatal, NotGenuine,
        "an XML file does not have the structure of OFD", "XML 文件不符合 OFD 结构";
    OfdPath = "ofd.path", Note, Genuine,
        "a path is not written as the standard says", "路径写法不合标准";
    OfdUnreadablePart = "ofd.unreadable_part", Doubt, Genuine,
        "a part that holds no content cannot be read", "不含版面内容的部件无法读取";

    OfdPartAbsent = "ofd.part_absent", Note, Genuine,
        "a file that the document names is not in the container", "文档指明的文件不在容器中";

    // References of a signature (GB/T 33190-2016 §18).
    ReferenceMismatch = "reference.mismatch", Fatal, NotGenuine,
        "a signed file was changed after signing", "被签名的文件在签名后被修改";
    ReferenceMissing = "reference.missing", Fatal, NotGenuine,
        "a signed file is not in the container", "被签名的文件不在容器中";
    ReferenceNone = "reference.none", Fatal, NotGenuine,
        "the signature covers no file", "签名未覆盖任何文件";
    ReferenceDuplicate = "reference.duplicate", Fatal, NotGenuine,
        "a file is listed twice in one signature", "同一签名重复列出一个文件";
    ReferencePrefixed = "reference.prefixed_digest", Doubt, Undetermined,
        "digests include the signer's identity, which the standard does not say", "摘要中混入了签名者标识，不合标准";
    ReferenceMethodMissing = "reference.method_missing", Fatal, NotGenuine,
        "the digest algorithm is not stated; the schema's default is the broken MD5",
        "未写明摘要算法，而标准缺省的 MD5 已不安全";
    ReferenceMethodRefused = "reference.method_refused", Fatal, NotGenuine,
        "the digest algorithm is broken or unknown", "摘要算法已不安全或无法识别";
    ReferenceMethodSpelling = "reference.method_spelling", Note, Genuine,
        "the digest algorithm is not written as its object identifier", "摘要算法未按对象标识符书写";
    ReferenceMethodWeak = "reference.method_weak", Doubt, Undetermined,
        "the digest algorithm no longer withstands forgery", "摘要算法已不足以防伪";

    // Coverage.
    CoverageUncovered = "coverage.uncovered", Doubt, Undetermined,
        "the document shows or uses files that the signature does not cover", "文档使用了签名未覆盖的文件";
    CoverageAbsent = "coverage.absent", Doubt, Undetermined,
        "the document uses a file that is neither there nor covered; it may have been taken out, or be put in",
        "文档使用的文件不在容器中且未被签名覆盖，可能被移除或另行放入";
    CoverageDocument = "coverage.document_uncovered", Fatal, NotGenuine,
        "the signature does not cover the document that it stands for", "签名未覆盖其所属的文档";
    CoverageUnsigned = "coverage.unsigned_document", Fatal, NotGenuine,
        "the package holds a document that no signature covers beside one that is signed",
        "包内除已签名文档外还有未被签名覆盖的文档";
    CoverageRoot = "coverage.root_uncovered", Doubt, Genuine,
        "OFD.xml is not covered; nothing in it is taken as signed", "OFD.xml 未被签名覆盖，其内容不作为已签名信息";
    CoverageUnknown = "coverage.unknown", Doubt, Undetermined,
        "a part of the document cannot be read, so what else it uses is unknown", "文档部件无法读取，无从得知其引用的内容";
    CoverageSmuggled = "coverage.smuggled", Doubt, Genuine,
        "the container holds files that are neither signed nor part of the document", "容器夹带了未签名且文档未引用的文件";

    // The signed list of entries (GM/T 0099-2020 §7.4). It adds assurance, so a list that cannot be trusted takes
    // nothing from the document; one that was tampered with does.
    EntriesUnreadable = "entries.unreadable", Doubt, Undetermined,
        "the container's list of files cannot be read", "容器的文件清单无法读取";
    EntriesBroken = "entries.signature_broken", Doubt, Undetermined,
        "the signature over the container's list of files does not hold", "容器文件清单的签名不成立";
    EntriesUntrusted = "entries.signature_untrusted", Doubt, Genuine,
        "who signed the container's list of files cannot be trusted", "容器文件清单的签名者不可信";
    EntriesUnlisted = "entries.unlisted", Doubt, Genuine,
        "the container holds a file that its list does not name", "容器夹带了清单未列出的文件";
    EntriesMissing = "entries.missing", Doubt, Genuine,
        "a file that the container's list names is not there", "清单所列的文件不在容器中";

    // The signature itself.
    SignatureValueMissing = "signature.value_missing", Fatal, NotGenuine,
        "the signature's value is not in the container", "缺少签名值文件";
    SignatureUnreadable = "signature.unreadable", Fatal, NotGenuine,
        "the signature's value is not one of the known structures", "签名值不是已知结构";
    SignatureBroken = "signature.broken", Fatal, NotGenuine,
        "the signature does not fit what it signs", "签名与被签内容不符";
    SignatureUnexplained = "signature.value_unexplained", Doubt, Undetermined,
        "the value names no algorithm and holds under none of those that were tried; it may be by another",
        "签名值未注明算法，所试算法均不相符，可能采用了其他算法";
    SignatureOverDescription = "signature.over_description", Fatal, NotGenuine,
        "the signature is over the description alone, so seal and time are not signed",
        "签名只针对 Signature.xml，印章与时间未被签名";
    SignatureContentMismatch = "signature.content_mismatch", Fatal, NotGenuine,
        "the signed digest is not that of the signed content", "签名中的摘要与被签内容不符";
    SignatureContentEnclosed = "signature.content_enclosed", Fatal, NotGenuine,
        "the signature encloses content of its own where it must not", "签名不应内含原文却内含";
    SignatureContentKind = "signature.content_of_other_kind", Doubt, Undetermined,
        "the content has the form of what signatures of another kind are over, so the value may have been taken from one",
        "被签内容具有另一类签名所签数据的形式，签名值可能取自那类签名";
    SignatureContentAbsent = "signature.content_absent", Doubt, Undetermined,
        "the signed content is not here to be compared", "没有提供被签内容，无法比对";
    SignatureDigestOnly = "signature.digest_only", Doubt, Genuine,
        "of what was signed only a digest was given, so the signature is for whatever content that is the digest of",
        "只提供了被签内容的摘要，签名所对应的是该摘要所出自的内容";
    SignatureDigestUnproven = "signature.digest_unproven", Doubt, Undetermined,
        "the signature fits the digest that was given, and a digest of this kind can be made to fit without the signer's key",
        "签名与所给摘要相符，但此类摘要无需签名者私钥即可凑出";
    SignatureDigestUnfit = "signature.digest_unfit", Doubt, Undetermined,
        "the digest that was given cannot be held against this signature; give the content or the digest it was made over",
        "所给摘要无法与该签名比对，请提供原文或签名所用的摘要";
    SignatureAlgorithm = "signature.algorithm_unsupported", Doubt, Undetermined,
        "no check is known for the signature's algorithm or key", "无法校验该签名算法或密钥";
    SignatureUnfit = "signature.algorithm_unfit", Fatal, NotGenuine,
        "the signature's algorithm is not one of its key", "签名算法与密钥不符";
    SignatureWeak = "signature.algorithm_weak", Doubt, Undetermined,
        "the signature's algorithm no longer withstands forgery", "签名算法已不足以防伪";
    SignatureAlgorithmDiffers = "signature.algorithm_differs", Doubt, Genuine,
        "two places name different signature algorithms", "两处记载的签名算法不一致";
    SignatureAlgorithmMisnamed = "signature.algorithm_misnamed", Doubt, Genuine,
        "the signature's algorithm is not named by its identifier; the key allows only one",
        "签名算法标识有误，按密钥只可能是一种算法";
    SignatureEncodingRaw = "signature.encoding_raw", Note, Genuine,
        "the signature value is the bytes of its two numbers instead of a SEQUENCE", "签名值为两数的裸字节而非 SEQUENCE";
    SignatureEncodingLoose = "signature.encoding_loose", Note, Genuine,
        "the signature value's numbers are not in DER", "签名值中的整数不是 DER 编码";
    SignatureBer = "signature.ber", Note, Genuine,
        "the signature is in BER instead of DER", "签名采用 BER 而非 DER 编码";
    SignatureBase64 = "signature.base64", Note, Genuine,
        "the signature is stored as base64 text", "签名以 base64 文本存放";
    SignatureCertificateAbsent = "signature.certificate_absent", Doubt, Undetermined,
        "the signature carries no certificate, so it cannot be checked", "签名未携带证书，无法验证";
    SignatureCertificateGiven = "signature.certificate_given", Note, Genuine,
        "the signature carries no certificate; the one given beside the file was used", "签名未携带证书，使用了另行提供的证书";
    SignatureCertificateUnused = "signature.certificate_unused", Doubt, Undetermined,
        "the certificate given beside the file is not that of any signature in it", "另行提供的证书不是文件中任何签名所用的证书";
    SignatureCertificateUnreadable = "signature.certificate_unreadable", Fatal, NotGenuine,
        "the signer's certificate cannot be read", "签名者证书无法解析";
    SignatureCertificateDiffers = "signature.certificate_differs", Fatal, NotGenuine,
        "the signer's certificate is not the one that the signature names", "签名者证书与签名中指明的证书不一致";
    SignatureCertificateUnnamed = "signature.certificate_unnamed", Doubt, Undetermined,
        "the signature does not name the signer's certificate, as PAdES wants", "签名未按 PAdES 要求指明签名者证书";
    SignatureKind = "signature.kind_differs", Doubt, Genuine,
        "the signature is of another kind than the document says", "签名种类与文档声明不符";
    SignaturePath = "signature.path_differs", Doubt, Undetermined,
        "the signature was made for another place than where it stands", "签名所记原文路径与实际位置不符";
    SignaturePathBlank = "signature.path_blank", Note, Genuine,
        "the signature does not say which file it signs", "签名未记载原文路径";
    SignatureSealDiffers = "signature.seal_differs", Fatal, NotGenuine,
        "the seal beside the signature is not the seal inside it", "随附印章与签名中的印章不一致";
    SignatureSignerNotInSeal = "signature.signer_not_in_seal", Fatal, NotGenuine,
        "the signer is not among those whom the seal allows", "签名者不在印章的签章人列表中";
    SignatureSignersNotOne = "signature.signers_not_one", Fatal, NotGenuine,
        "the signature has no signer, or more than one", "签名没有签名者或多于一个";
    SignatureAttributes = "signature.attributes", Fatal, NotGenuine,
        "the signed attributes are missing, repeated or contradict each other", "签名属性缺失、重复或矛盾";
    SignatureLocked = "signature.list_locked", Note, Genuine,
        "the signature forbids later signatures", "该签名禁止追加签名";
    SignatureListAmbiguous = "signature.list_ambiguous", Doubt, Undetermined,
        "two signatures are listed under one identifier or at one place, so readers may show one for the other",
        "签名列表中有标识或位置相同的签名，不同软件可能互相混淆";

    // Time.
    SignatureTimeClaimedOnly = "signature.time_claimed_only", Doubt, Genuine,
        "the time of signing is only what the signer claims", "签名时间仅为签名者自述";
    SignatureTimeMissing = "signature.time_missing", Doubt, Undetermined,
        "nothing says when the signature was made", "没有任何签名时间";
    SignatureTimeForm = "signature.time_form", Note, Genuine,
        "the time is not written as the standard says", "时间写法不合标准";
    SignatureTimeFuture = "signature.time_future", Fatal, NotGenuine,
        "the signature claims a time that has not come", "签名时间晚于判定时间";
    SignatureTimeOutsideSeal = "signature.time_outside_seal", Fatal, NotGenuine,
        "the signature was made outside the validity of the seal", "签名时间不在印章有效期内";
    SignatureTimeBeforeSeal = "signature.time_before_seal", Doubt, Undetermined,
        "the signature claims a time before the seal inside it existed", "签名时间早于其中印章的制作时间";

    // Timestamps (RFC 3161, GB/T 20520). What speaks against a token leaves doubt and is never fatal: a token
    // stands outside the signature, so anyone can add a bad one to a good license or take it away.
    TimestampUnreadable = "timestamp.unreadable", Doubt, Undetermined,
        "the timestamp is not one of the known structures", "时间戳不是已知结构";
    TimestampSignersNotOne = "timestamp.signers_not_one", Doubt, Undetermined,
        "the timestamp has no signer, or more than one", "时间戳没有签名者或多于一个";
    TimestampImprint = "timestamp.imprint_mismatch", Doubt, Undetermined,
        "the timestamp was made for something else", "时间戳不是为该内容签发的";
    TimestampAttributes = "timestamp.attributes", Doubt, Undetermined,
        "the timestamp's signed attributes are missing, repeated or contradict each other", "时间戳的签名属性缺失、重复或矛盾";
    TimestampBroken = "timestamp.broken", Doubt, Undetermined,
        "the timestamp's own signature does not hold", "时间戳自身的签名不成立";
    TimestampCertificateAbsent = "timestamp.certificate_absent", Doubt, Genuine,
        "the certificate of the timestamp's authority is not here, so the timestamp proves nothing",
        "缺少时间戳机构的证书，时间戳无证明力";
    TimestampCertificateDiffers = "timestamp.certificate_differs", Doubt, Undetermined,
        "the timestamp binds another certificate than that of its signer", "时间戳所绑定的证书与其签名者证书不符";
    TimestampCertificateUnbound = "timestamp.certificate_unbound", Doubt, Genuine,
        "the timestamp does not bind the certificate of its signer", "时间戳未绑定其签名者证书";
    TimestampAlgorithm = "timestamp.algorithm_unsupported", Doubt, Genuine,
        "an algorithm of the timestamp is unknown or does not fit the key, so it proves nothing",
        "时间戳的算法无法识别或与密钥不符，时间戳无证明力";
    TimestampWeak = "timestamp.weak", Doubt, Genuine,
        "the timestamp rests on an algorithm that no longer withstands forgery, so it proves nothing",
        "时间戳所用算法已不足以防伪，无证明力";
    TimestampNoAnchor = "timestamp.no_anchor", Doubt, Genuine,
        "no given trust anchor vouches for the timestamp's authority, so the timestamp proves nothing",
        "没有信任锚可证明时间戳机构，时间戳无证明力";
    TimestampAnchorUnfit = "timestamp.anchor_unfit", Doubt, Genuine,
        "the trust anchor that vouches for the timestamp's authority is trusted for something else or at another time, so the \
         timestamp proves nothing",
        "可证明时间戳机构的信任锚不用于此用途，或在判定时间不受信任，时间戳无证明力";
    TimestampAuthorityBroken = "timestamp.authority_broken", Doubt, Undetermined,
        "the certificate path of the timestamp's authority does not hold", "时间戳机构的证书路径不成立";
    TimestampAuthorityUsage = "timestamp.authority_usage", Doubt, Undetermined,
        "the signer's certificate of the timestamp was not issued for timestamps and nothing else",
        "时间戳的签名证书不是专用于时间戳的证书";
    TimestampAuthorityOutOfDate = "timestamp.authority_out_of_date", Doubt, Undetermined,
        "the timestamp was made outside the validity of its authority's certificate", "时间戳的时间不在其机构证书有效期内";
    TimestampAuthorityRevoked = "timestamp.authority_revoked", Doubt, Undetermined,
        "the certificate of the timestamp's authority or one above it was revoked before", "时间戳机构或其上级的证书在此之前已被吊销";
    TimestampAuthorityRevocationOpen = "timestamp.authority_revocation_open", Doubt, Genuine,
        "whether the certificate of the timestamp's authority or one above it was revoked is open, so the timestamp proves nothing",
        "时间戳机构或其上级的证书是否被吊销未能确定，时间戳不具证明力";
    TimestampAuthorityName = "timestamp.authority_name", Doubt, Genuine,
        "the timestamp names another authority than its certificate does", "时间戳所记机构名称与证书不符";
    TimestampFuture = "timestamp.future", Doubt, Undetermined,
        "the timestamp states a time that has not come", "时间戳的时间晚于判定时间";
    TimestampBeforeClaim = "timestamp.before_claim", Doubt, Genuine,
        "the claimed time is later than the timestamp proves; the proven time counts", "自述时间晚于时间戳所证明的时间，以后者为准";
    TimestampLate = "timestamp.late", Doubt, Undetermined,
        "the timestamp was made after the validity had ended, so only the claimed time lies inside it",
        "时间戳晚于有效期，有效期内仅有自述时间";
    TimestampOfContent = "timestamp.of_content", Note, Genuine,
        "the timestamp is part of what is signed: the signature is not older, but may be younger",
        "时间戳属于被签内容：签名不早于该时间，但可能更晚";

    // The seal.
    SealUnreadable = "seal.unreadable", Fatal, NotGenuine,
        "the seal is not one of the known structures", "印章不是已知结构";
    SealBroken = "seal.broken", Fatal, NotGenuine,
        "the seal's own signature does not hold", "印章自身的签名不成立";
    SealSelfMade = "seal.self_made", Doubt, Undetermined,
        "the seal was made by the one who signs with it", "印章由签章人自行制作";
    SealVersion = "seal.version_differs", Note, Genuine,
        "the seal states another version than its structure has", "印章声明的版本与其结构不符";
    SealMakerUnreadable = "seal.maker_unreadable", Fatal, NotGenuine,
        "the seal maker's certificate cannot be read", "制章者证书无法解析";
    SealMakerOutOfDate = "seal.maker_out_of_date", Doubt, Genuine,
        "the seal maker's certificate was not valid when the seal was made", "制章时制章者证书不在有效期内";
    SealMakerDatesTolerated = "seal.maker_dates_tolerated", Note, Genuine,
        "the seal maker's certificate was not valid when the seal was made, which officers tolerate of its authority",
        "制章时制章者证书不在有效期内，安全管理员已对其机构予以容许";
    SealExpiredNow = "seal.expired_now", Note, Genuine,
        "the seal was valid then and has expired since", "印章当时有效，现已到期";
    SealNotInForce = "seal.not_in_force", Fatal, NotGenuine,
        "the seal is not valid at the time judged", "印章在判定时间不在有效期内";
    SealSignerPrefixed = "seal.signer_digest_prefixed", Doubt, Genuine,
        "the seal's digest of the signer's certificate includes the signer's identity, which the standard does not say",
        "印章中签章人证书的摘要混入了签名者标识，不合标准";
    SealPictureType = "seal.picture_type_differs", Note, Genuine,
        "the seal's picture is not of the format that the seal states", "印章图像与印章声明的格式不符";
    SealPictureUnreadable = "seal.picture_unreadable", Doubt, Genuine,
        "the seal's picture is a package that cannot be opened", "印章图像是无法打开的文件包";
    SealPictureNested = "seal.picture_nested", Doubt, Genuine,
        "the seal's picture is a package that holds a package or seal of its own, which is not looked at",
        "印章图像是文件包，其中又含文件包或印章，不再展开";
    SealSignersAbsent = "seal.signers_absent", Fatal, NotGenuine,
        "the seal lists no certificate or digest of a signer", "印章未列出签章人证书或其摘要";
    SealRevoked = "seal.revoked", Fatal, NotGenuine,
        "the seal was revoked before the signature was made", "签署前印章已被撤销";
    SealRevokedUnproven = "seal.revoked_unproven", Doubt, Undetermined,
        "the seal has been revoked and nothing proves that the signature is older", "印章已被撤销，且无法证明签名在此之前";
    SealSuspended = "seal.suspended", Doubt, Undetermined,
        "the seal was suspended when the signature was made, or nothing proves that it was not",
        "签署时印章处于中止状态，或无法证明不在中止期间";
    SealRevokedSince = "seal.revoked_since", Note, Genuine,
        "the seal was good then and has been revoked or suspended since", "印章当时有效，其后被撤销或中止";

    // Certificate paths (RFC 5280 §6).
    ChainNoAnchor = "chain.no_anchor", Doubt, Undetermined,
        "no given trust anchor vouches for the certificate", "没有信任锚可证明该证书";
    ChainAnchorRole = "chain.anchor_role", Doubt, Undetermined,
        "the trust anchor that vouches for the certificate is trusted for something else", "可证明该证书的信任锚不用于此用途";
    ChainAnchorPeriod = "chain.anchor_period", Doubt, Undetermined,
        "the trust anchor that vouches for the certificate is not trusted at the time judged",
        "可证明该证书的信任锚在判定时间不受信任";
    ChainAnchorScope = "chain.anchor_scope", Doubt, Undetermined,
        "the trust anchor that vouches for the certificate does not vouch for licenses of this region or type, or these are unknown",
        "可证明该证书的信任锚不适用于该地区或该类证照，或地区、类型不明";
    ChainBroken = "chain.broken", Fatal, NotGenuine,
        "a certificate of the path does not hold", "证书路径中有证书不成立";
    ChainSignerOutOfDate = "chain.signer_out_of_date", Fatal, NotGenuine,
        "the signature was made outside the validity of the signer's certificate", "签名时间不在签名者证书有效期内";
    ChainMakerOutOfDate = "chain.maker_out_of_date", Fatal, NotGenuine,
        "the seal maker's certificate was not valid when the seal was made, which its layout requires",
        "制章时制章者证书不在有效期内，而该结构要求有效";
    ChainWeak = "chain.algorithm_weak", Doubt, Undetermined,
        "a certificate of the path is signed by an algorithm that no longer withstands forgery",
        "证书路径中有证书的签名算法已不足以防伪";
    ChainKeyUsage = "chain.key_usage", Fatal, NotGenuine,
        "the certificate may not be used for this", "证书密钥用途不允许此用途";
    ChainCurveMisnamed = "chain.curve_misnamed", Note, Genuine,
        "the certificate names a signature algorithm where the curve belongs", "证书在曲线处写了签名算法标识";
    ChainRevocationUnchecked = "chain.revocation_unchecked", Doubt, Genuine,
        "whether certificates were revoked was not checked", "未核查证书是否被吊销";
    ChainRevoked = "chain.revoked", Fatal, NotGenuine,
        "a certificate of the path was revoked before it was used", "证书路径中有证书在使用前已被吊销";
    ChainRevokedUnproven = "chain.revoked_unproven", Doubt, Undetermined,
        "a certificate of the path has been revoked for a compromise or without a reason, and nothing proves that it was used before",
        "证书路径中有证书已因泄露或未注明原因被吊销，且无法证明使用在此之前";
    ChainCompromiseUndated = "chain.compromise_undated", Doubt, Undetermined,
        "a certificate of the path has been revoked for a compromise, and since when the key was in other hands is not stated",
        "证书路径中有证书已因泄露被吊销，而泄露始于何时未注明";
    ChainOnHold = "chain.on_hold", Doubt, Undetermined,
        "a certificate of the path was suspended, or nothing proves that it was used before",
        "证书路径中有证书处于暂停状态，或无法证明使用在暂停之前";
    ChainRevocationMissing = "chain.revocation_missing", Doubt, Undetermined,
        "whether a certificate of the path was revoked has to be known, and no list or answer speaks of it",
        "证书路径要求核查吊销，但没有吊销列表或响应涉及其中的证书";
    ChainRevocationHistoryMissing = "chain.revocation_history_missing", Doubt, Undetermined,
        "a certificate of the path has expired, and no list from before that tells whether it was revoked",
        "证书路径中有证书已过期，且没有过期前的吊销列表可据以判断其是否被吊销";
    ChainRevocationStale = "chain.revocation_stale", Doubt, Undetermined,
        "what is known about the revocation of a certificate of the path should have been replaced before",
        "证书路径中证书的吊销信息已过时";
    ChainRevocationUnusable = "chain.revocation_unusable", Doubt, Undetermined,
        "what speaks of the revocation of a certificate of the path does not count",
        "涉及证书路径中证书的吊销信息不足为凭";
    ChainRevocationGrace = "chain.revocation_grace", Doubt, Genuine,
        "that no certificate of the path was revoked rests on information past its time, within the grace period that the anchor states",
        "证书未被吊销依据的是已到期的吊销信息，尚在信任锚规定的宽限期内";
    ChainRevokedSince = "chain.revoked_since", Note, Genuine,
        "the certificate was good then and has been revoked since", "证书当时有效，其后被吊销";
    ChainRevocationOpenNow = "chain.revocation_open_now", Note, Genuine,
        "the certificate was good then; whether it has been revoked since is open", "证书当时有效，其后是否被吊销未能确定";
    ChainExpiredNow = "chain.expired_now", Note, Genuine,
        "the certificate was valid then and has expired since", "证书当时有效，现已到期";

    // PDF: the file (ISO 32000-2).
    PdfHeader = "pdf.header", Fatal, NotGenuine,
        "the first line is not that of a PDF", "首行不是合法的 PDF 文件头";
    PdfMalformed = "pdf.malformed", Fatal, NotGenuine,
        "an object of the file is malformed", "文件中的对象格式错误";
    PdfXref = "pdf.xref", Fatal, NotGenuine,
        "the cross-reference is broken, and nothing is repaired", "交叉引用损坏，且不予修复";
    PdfAmbiguous = "pdf.ambiguous", Fatal, NotGenuine,
        "two readers could see different documents in the file", "不同软件可能从文件中读出不同文档";
    PdfStructure = "pdf.structure", Fatal, NotGenuine,
        "the document is not built as it must be", "文档结构不符合标准";
    PdfUnsupported = "pdf.unsupported", Fatal, NotGenuine,
        "the file uses a feature that licenses have no use for", "文件使用了电子证照不需要的特性";
    PdfEncrypted = "pdf.encrypted", Fatal, NotGenuine,
        "the file is encrypted, so that what was signed cannot be seen", "文件已加密，无法查看被签内容";
    PdfHybrid = "pdf.hybrid_xref", Doubt, Genuine,
        "old readers see fewer objects of the file than new ones", "旧软件读出的对象少于新软件";
    PdfHidden = "pdf.hidden_bytes", Doubt, Genuine,
        "the file holds bytes that belong to no object", "文件中有不属于任何对象的字节";
    PdfTrailing = "pdf.trailing_bytes", Fatal, NotGenuine,
        "bytes stand behind the end of the document (incremental saving)", "文档结尾之后还有数据（增量保存攻击）";

    // PDF: one signature.
    PdfContentsMissing = "pdf.contents_missing", Fatal, NotGenuine,
        "the signature has no value (universal forgery)", "签名没有签名值（通用伪造攻击）";
    PdfContentsPadding = "pdf.contents_padding", Fatal, NotGenuine,
        "bytes other than zeros follow the signature's value", "签名值之后有非零填充";
    PdfByteRangeMissing = "pdf.byte_range_missing", Fatal, NotGenuine,
        "the signature does not say which bytes it signs (universal forgery)", "签名未写明所签字节范围（通用伪造攻击）";
    PdfByteRangeMalformed = "pdf.byte_range_malformed", Fatal, NotGenuine,
        "what the signature says it signs is not two ranges of bytes (universal forgery)",
        "签名字节范围格式错误（通用伪造攻击）";
    PdfByteRangeBounds = "pdf.byte_range_bounds", Fatal, NotGenuine,
        "the signed bytes do not begin with the file or lie outside of it", "所签字节范围不从文件起点开始或越界";
    PdfByteRangeGap = "pdf.byte_range_gap", Fatal, NotGenuine,
        "the signature leaves out more or something else than its own value (signature wrapping)",
        "签名排除的字节不只是签名值本身（签名包装攻击）";
    PdfByteRangeEnd = "pdf.byte_range_end", Fatal, NotGenuine,
        "the signed bytes do not end where a revision of the document ends (incremental saving)",
        "所签字节范围未止于任一修订的结尾（增量保存攻击）";
    PdfSubFilter = "pdf.sub_filter", Note, Genuine,
        "the signature does not say which kind it is, or says another", "签名子过滤器缺失或与实际种类不符";
    PdfSignatureChanged = "pdf.signature_changed", Fatal, NotGenuine,
        "a signature was taken out or altered after it was made", "签名在生成后被移除或改动";
    PdfSignatureShared = "pdf.signature_shared", Fatal, NotGenuine,
        "two fields hold the same signature", "两个签名域共用同一签名";

    // PDF: what was changed after a signature.
    PdfSignatureAdded = "pdf.signature_added", Note, Genuine,
        "another signature was added later", "其后追加了另一签名";
    PdfSignatureShown = "pdf.signature_shown", Doubt, Genuine,
        "another signature was added later and shows something on a page that this one does not cover",
        "其后追加的签名在页面上显示了本签名未覆盖的外观";
    PdfTimestampAdded = "pdf.timestamp_added", Note, Genuine,
        "a document timestamp was added later", "其后追加了文档时间戳";
    PdfFieldAdded = "pdf.field_added", Note, Genuine,
        "an empty signature field was added later", "其后追加了空白签名域";
    PdfStoreAdded = "pdf.security_store_added", Note, Genuine,
        "data for later validation were added", "其后追加了长期验证数据";
    PdfMetadata = "pdf.metadata_changed", Note, Genuine,
        "information about the document was changed later, not what it shows", "其后改动了文档属性信息，未改动显示内容";
    PdfFilled = "pdf.form_filled", Doubt, Genuine,
        "form fields were filled in later, as the certification allows", "其后按认证签名的许可填写了表单";
    PdfFilledUnasked = "pdf.form_filled_unasked", Doubt, Undetermined,
        "form fields were filled in later, and no certification allows or forbids it",
        "其后填写了表单，而没有认证签名说明是否允许";
    PdfAnnotated = "pdf.annotated", Doubt, Undetermined,
        "annotations were added or changed later, as the certification allows; they may cover what was signed",
        "其后按认证签名的许可增改了注释，注释可能遮挡被签内容";
    PdfOverlaid = "pdf.appearance_overlaid", Doubt, Undetermined,
        "something that was shown is covered by what was added later", "其后追加的外观遮挡了原有内容";
    PdfNotPermitted = "pdf.not_permitted", Fatal, NotGenuine,
        "a change was made later that the certification forbids", "其后作出了认证签名禁止的改动";
    PdfFieldLocked = "pdf.field_locked", Fatal, NotGenuine,
        "a form field was changed later that the signature locks", "其后改动了被签名锁定的表单域";
    PdfFormChanged = "pdf.form_changed", Fatal, NotGenuine,
        "the form was changed later otherwise than by filling or signing it", "其后以填写和签名之外的方式改动了表单";
    PdfAnnotationChanged = "pdf.annotation_changed", Fatal, NotGenuine,
        "annotations were added or changed later", "其后增改了注释";
    PdfPagesChanged = "pdf.pages_changed", Fatal, NotGenuine,
        "pages were added, removed or reordered later (incremental saving)", "其后增删了页面或改变了页序（增量保存攻击）";
    PdfContentChanged = "pdf.content_changed", Fatal, NotGenuine,
        "what a page shows was changed later (incremental saving)", "其后改动了页面内容（增量保存攻击）";
    PdfModified = "pdf.modified", Fatal, NotGenuine,
        "the document was changed later (incremental saving)", "其后改动了文档（增量保存攻击）";
    PdfShadowHide = "pdf.shadow_hide", Fatal, NotGenuine,
        "something that was shown when it was signed was taken away later (shadow attack: hide)",
        "签名时显示的内容其后被移除（影子攻击：隐藏）";
    PdfShadowReplace = "pdf.shadow_replace", Fatal, NotGenuine,
        "a font or a field's appearance was replaced later, so that the same text looks different (shadow attack: replace)",
        "字体或表单域外观其后被替换，使同一文字显示不同（影子攻击：替换）";
    PdfShadowExchange = "pdf.shadow_hide_and_replace", Fatal, NotGenuine,
        "something hidden in the signed bytes was brought forth later (shadow attack: hide and replace)",
        "签名内容中预先隐藏的对象其后被启用（影子攻击：隐藏并替换）";

    // The license on the document (GB/T 36903, GB/T 36904).
    LicenseIdentifier = "license.identifier_doubtful", Doubt, Genuine,
        "the license's identifier is not well formed or its check character does not fit", "证照标识格式或校验位有误";
    LicenseTypeCode = "license.type_code_doubtful", Doubt, Genuine,
        "the license's type code is not well formed or its check character does not fit", "证照类型代码格式或校验位有误";
    LicenseIssuerCode = "license.issuer_code_doubtful", Doubt, Genuine,
        "the issuer's code is not well formed or its check character does not fit", "证照颁发机构代码格式或校验位有误";
    LicenseHolderCode = "license.holder_code_doubtful", Doubt, Genuine,
        "a holder's code is not one of its type", "持证主体代码与其类型不符或校验位有误";
    LicenseHolderType = "license.holder_type_unknown", Note, Genuine,
        "the type of a holder's code is not known", "持证主体代码类型无法识别";
    LicenseHoldersUnpaired = "license.holders_unpaired", Doubt, Genuine,
        "names and codes of the holders cannot be told to belong together", "持证主体名称与代码数量不一致，无法对应";
    LicenseDate = "license.date_doubtful", Doubt, Genuine,
        "a date of the license cannot be read", "证照日期无法识别";
    LicenseState = "license.state_unread", Doubt, Genuine,
        "the state on the license is not one that is known", "证照所记状态无法识别";
    LicenseStateUnconfirmed = "license.state_unconfirmed", Doubt, Genuine,
        "the registry of the license's issuer could be asked and did not say whether the license is in force",
        "证照颁发机构的证照库未能答复该证照是否有效";
    LicenseContradiction = "license.values_contradict", Doubt, Genuine,
        "two places of the document say different things about the license", "文档两处所载证照信息不一致";
    LicenseTag = "license.tag_unresolved", Doubt, Genuine,
        "a custom tag does not lead to one text on a page", "自定义标引未指向唯一的版面文字";
    LicenseTagNamespace = "license.tag_namespace", Note, Genuine,
        "a tag file has a broken namespace declaration and was read without it", "标引文件命名空间声明有误，已忽略后读取";
    LicenseUncovered = "license.value_uncovered", Doubt, Genuine,
        "data of the license stand where no good signature covers them", "证照信息不在有效签名的保护范围内";
    LicenseIssuerDiffers = "license.issuer_differs", Doubt, Undetermined,
        "who sealed the license is not who is said to have issued it", "签章者与证照颁发机构不一致";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_consistent() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len(), "two rows share a code");
        for code in Code::ALL {
            let fatal = code.severity() == Severity::Fatal;
            assert_eq!(fatal, code.ceiling() == Verdict::NotGenuine, "{}", code.as_str());
            let note = code.severity() == Severity::Note;
            assert!(!note || code.ceiling() == Verdict::Genuine, "{}", code.as_str());
            let english = code.text(Language::English);
            assert!(
                !english.ends_with('.')
                    && english.starts_with(|first: char| !first.is_uppercase()
                        || ["OFD", "PDF"].iter().any(|name| english.starts_with(name)))
            );
            assert!(code.as_str().split_once('.').is_some());
        }
    }

    #[test]
    fn particulars_follow_the_text() {
        let reason = Reason::new(Code::ReferenceMismatch, "/Doc_0/Document.xml").with("sha256");
        assert_eq!(reason.text(Language::English), "a signed file was changed after signing: sha256");
        assert_eq!(reason.text(Language::Chinese), "被签名的文件在签名后被修改：sha256");
        let quoted = Reason::new(Code::SignatureListAmbiguous, "").quoting("entries").text(Language::Chinese);
        assert!(quoted.ends_with("：`entries`"), "{quoted}");
    }
}
