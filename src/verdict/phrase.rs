//! What particulars of reasons say in Chinese. Errors speak English; the phrases among them that people meet in
//! reports stand here beside their translation. What stands in backticks is quoted and stays as it is, whatever it says.

use std::borrow::Cow;

/// How deep phrases stand inside each other: a part of a container, in it a fault, in it a limit.
const DEPTH: u32 = 4;

/// English and Chinese; `{}` is anything, which is translated in turn unless it is quoted. Earlier rows are tried first, so
/// that those which begin with anything come last.
const PHRASES: &[(&str, &str)] = &[
    // Identifiers and issuers.
    ("a character stands where it is not allowed", "含有不允许的字符"),
    ("the check character does not fit", "校验位不符"),
    ("the date inside does not exist", "其中的日期不存在"),
    ("the length is wrong", "长度不对"),
    ("the parts are not those of the standard", "组成与标准不符"),
    ("no such province", "没有该省级行政区"),
    ("another province", "省份不同"),
    ("another code", "代码不同"),
    ("another name", "名称不同"),
    ("too many issuers are named", "所称颁发机构过多"),
    // Limits.
    ("nested ASN.1 values", "层 ASN.1 嵌套"),
    ("entries", "个条目"),
    ("documents", "个文档"),
    ("bytes in one entry", "字节（单个条目）"),
    ("bytes in one signature", "字节（单个签名）"),
    ("bytes of PDF structure", "字节 PDF 结构"),
    ("bytes of license data", "字节证照数据"),
    ("bytes in the file", "字节（文件）"),
    ("bytes inflated", "字节（解压后）"),
    ("PDF values compared", "次 PDF 值比较"),
    ("PDF objects", "个 PDF 对象"),
    ("PDF revisions", "个 PDF 修订"),
    ("PDF values", "个 PDF 值"),
    ("times the stored size", "倍压缩比"),
    ("references", "个引用"),
    ("certificate paths", "条证书路径"),
    ("names compared on certificate paths", "次名称比对（证书路径）"),
    ("issuers looked at for certificate paths", "个签发者（证书路径）"),
    ("signature checks", "次验签"),
    ("signatures", "个签名"),
    ("nested XML elements", "层 XML 嵌套"),
    ("XML nodes", "个 XML 节点"),
    // Content beside a signature.
    ("the content or sm3-za", "原文或 sm3-za 摘要"),
    ("the content", "原文"),
    // Registries of licenses.
    ("no registry is known for the license's issuer", "未登记该颁发机构的证照库"),
    ("the department may not ask the registry", "本部门无权查询证照库"),
    ("the department has asked the registry as often as it may", "本部门查询证照库已达限额"),
    ("the registry's gateway refused the question", "对方网关拒绝了查询"),
    ("the registry cannot be reached", "无法连接证照库"),
    ("the registry did not answer in time", "证照库未及时答复"),
    ("the registry's answer cannot be used", "证照库的答复无法采用"),
    ("the registry's answer is too old", "证照库的答复已过时"),
    // Values in DER.
    ("forbidden content", "含有不允许的内容"),
    ("values nested too deep", "嵌套过深"),
    ("length not in DER", "长度不是 DER 编码"),
    ("bytes left over", "末尾有多余字节"),
    ("input ends inside a value", "数据中途截断"),
    ("no known structure", "不是已知结构"),
    // Certificates and paths.
    ("the certificate names two signature algorithms", "证书记载了两种签名算法"),
    ("the certificate has more than 16,384 bytes", "证书超过 16,384 字节"),
    ("not an X.509 certificate in DER", "不是 DER 编码的 X.509 证书"),
    ("the certificate is not an authority's", "该证书不是 CA 证书"),
    ("the certificate's version does not fit its content", "证书版本与内容不符"),
    ("the key usage does not allow this ({})", "密钥用途不允许（{}）"),
    ("the certificate is not for the purpose asked for", "证书不用于所查的用途"),
    (
        "the signature algorithm {} cannot be checked with the issuer's key",
        "签名算法 {} 无法以签发者的密钥核验",
    ),
    ("name constraints in a certificate that is not an authority's", "非 CA 证书带有名称限制"),
    ("a name is outside the name constraints above it", "名称超出上级的名称限制"),
    ("no acceptable certificate policy is left, and one is required", "要求的证书策略无一可用"),
    ("the signature algorithm {} cannot be checked with this key", "签名算法 {} 无法以该密钥核验"),
    (
        "not an object identifier in dotted form, such as 1.2.156.10260.4.1.1",
        "不是点分形式的对象标识符（如 1.2.156.10260.4.1.1）",
    ),
    ("the signature can be forged today", "签名现已可伪造"),
    ("the signature value is not in DER", "签名值不是 DER 编码"),
    ("the key names a signature algorithm where the curve belongs", "密钥在曲线处写了签名算法标识"),
    ("the name constraints are not marked critical", "名称限制未标为关键扩展"),
    ("the issuer has another key identifier than stated", "签发者的密钥标识符与所述不同"),
    ("the serial number is too long or not positive", "序列号过长或非正"),
    ("the signature does not hold", "签名不成立"),
    ("a policy mapping names anyPolicy", "策略映射中出现 anyPolicy"),
    ("the certificate does not name {}", "证书未载明 {}"),
    ("the path leads to the trust anchor {}, which {}", "路径通向信任锚 {}，该信任锚{}"),
    ("is trusted for something else", "不用于此用途"),
    ("is trusted for other regions", "不用于此地区"),
    ("is trusted at another time", "在其他时间受信任"),
    ("no path leads to a trust anchor", "没有可达信任锚的路径"),
    ("the PEM text is malformed", "PEM 文本格式错误"),
    ("there is no certificate inside", "其中没有证书"),
    ("a source is looked at every 1m to 7d", "来源的查询间隔应为 1m 至 7d"),
    ("the PKCS#7 structure is malformed", "PKCS#7 结构格式错误"),
    (
        "the PKCS#7 structure is a signed message, not a bundle of certificates",
        "PKCS#7 结构是签名消息而非证书包",
    ),
    ("more authorities follow than allowed", "下级 CA 超过允许的层数"),
    ("the issuer's signature does not hold", "签发者的签名不成立"),
    // Revocation.
    ("the serial number of an entry has more than 255 octets", "条目的序列号超过 255 字节"),
    ("the list is larger than allowed", "吊销列表超过大小上限"),
    ("the list names two signature algorithms", "吊销列表记载了两种签名算法"),
    ("the version does not fit the content", "版本与内容不符"),
    ("the response is larger than allowed", "OCSP 响应超过大小上限"),
    ("the response is of unknown type or version", "OCSP 响应的类型或版本无法识别"),
    ("the response answers another request", "OCSP 响应答复的是另一请求"),
    ("the response has no nonce", "OCSP 响应没有随机数"),
    ("the responder does not know the certificate", "OCSP 服务不知道该证书"),
    ("another trust anchor", "信任锚不同"),
    ("no list or answer speaks of the certificate", "没有吊销列表或响应涉及该证书"),
    ("no list or answer about it is signed by a key that may", "涉及该证书的吊销列表或响应均非有权密钥所签"),
    ("the list or answer is signed in a way that can be forged", "吊销列表或响应的签名方式可被伪造"),
    ("the lists cover some reasons only", "吊销列表只涵盖部分吊销原因"),
    ("the lists were made after the certificate expired", "吊销列表在证书过期之后才签发"),
    (
        "whether the signer of the list or answer was revoked is open",
        "吊销列表或响应的签名者是否被吊销未能确定",
    ),
    // Timestamps.
    ("the accuracy is malformed", "时间精度格式错误"),
    ("the signed content is no timestamp", "被签内容不是时间戳"),
    // Containers.
    (
        "another entry has this name, letter case and forms of characters aside",
        "另有同名条目（不计大小写与字符形式）",
    ),
    ("a directory has contents", "目录条目带有内容"),
    ("a file and a directory have the same name", "文件与目录同名"),
    ("a structure is cut off", "结构被截断"),
    ("an extra field is cut off", "扩展字段被截断"),
    ("an extra field names the entry differently", "扩展字段中的条目名称不一致"),
    ("bytes lie between the entries and the directory", "条目与目录之间夹有字节"),
    ("entries overlap, or bytes lie between them", "条目重叠或其间夹有字节"),
    ("local and central header disagree", "本地文件头与中央目录不一致"),
    ("local and central header name the entry differently", "本地文件头与中央目录的条目名称不一致"),
    ("stored and original size differ without compression", "未压缩条目的大小前后不一致"),
    ("stored data end with a descriptor", "未压缩数据后带有数据描述符"),
    ("the central directory holds more than it counts", "中央目录的内容多于其计数"),
    ("the central directory is cut off", "中央目录被截断"),
    ("the checksum does not fit the data", "校验和与数据不符"),
    ("the size does not fit the data", "大小与数据不符"),
    ("the size is not addressable", "大小超出可寻址范围"),
    ("the comment holds an end record", "注释中藏有目录结束记录"),
    ("the compressed data are damaged", "压缩数据损坏"),
    ("the compression method is neither stored nor deflate", "压缩方法既非存储也非 Deflate"),
    ("the container is in ZIP64, which no license needs", "容器采用证照无需使用的 ZIP64"),
    ("the entry is in ZIP64, which no license needs", "条目采用证照无需使用的 ZIP64"),
    ("the container spans several files", "容器分卷"),
    ("the data descriptor disagrees with the directory", "数据描述符与目录不一致"),
    ("the directory does not lie right before the end record", "目录与结束记录不相邻"),
    ("the entry is a symbolic link", "条目是符号链接"),
    ("the entry is encrypted or a patch", "条目被加密或为补丁数据"),
    ("the entry lies outside the file", "条目位于文件之外"),
    ("the file is too short", "文件过短"),
    ("the name has characters that some systems drop or replace", "名称含有某些系统会丢弃或替换的字符"),
    ("the name has characters that some systems take for separators", "名称含有某些系统视为分隔符的字符"),
    ("the name is absolute, climbs, or has empty parts", "名称为绝对路径、向上越级或含有空段"),
    ("the name is another file's on Windows", "在 Windows 上与另一文件同名"),
    ("the name is longer than names may be", "名称超过长度上限"),
    ("the name is not UTF-8", "名称不是 UTF-8"),
    ("the name lies in more directories than it may", "名称超过目录层数上限"),
    ("there are two end records", "有两个目录结束记录"),
    ("there is no end record that ends with the file", "没有与文件末尾对齐的目录结束记录"),
    ("there is no local header where the directory says", "目录所指位置没有本地文件头"),
    // OFD.
    ("a DocBody has no DocRoot", "DocBody 没有 DocRoot"),
    ("a File has no FileLoc", "File 没有 FileLoc"),
    ("a Reference has no CheckValue", "Reference 没有 CheckValue"),
    ("a Reference has no FileRef", "Reference 没有 FileRef"),
    ("a Seal has no BaseLoc", "Seal 没有 BaseLoc"),
    ("a Signature has no BaseLoc", "Signature 没有 BaseLoc"),
    ("a document type declaration is not allowed", "不允许文档类型声明"),
    ("a location is empty or leaves the package", "路径为空或越出包"),
    ("a location is not plain text", "路径不是纯文本"),
    ("a location is not plain text, or too long", "路径不是纯文本或过长"),
    (
        "an element has more than 64 attributes or more than 16 namespaces in scope",
        "元素超过 64 个属性或 16 个命名空间",
    ),
    ("an element of DocBody is repeated", "DocBody 中有重复元素"),
    ("an element of DocBody stands where only some readers look", "DocBody 的元素位于只有部分软件读取的位置"),
    ("an element of DocEntries is repeated", "DocEntries 中有重复元素"),
    ("an element that may stand once is repeated", "只能出现一次的元素重复出现"),
    ("the root element is not DocEntries", "根元素不是 DocEntries"),
    ("the root element is not OFD", "根元素不是 OFD"),
    ("the root element is not Signature", "根元素不是 Signature"),
    ("the root element is not Signatures", "根元素不是 Signatures"),
    ("the text is not UTF-8 or declares another encoding", "文本不是 UTF-8 或声明了其他编码"),
    ("there is no DocBody", "没有 DocBody"),
    ("there is no FileList", "没有 FileList"),
    ("there is no OFD.xml", "没有 OFD.xml"),
    ("there is no SignedInfo", "没有 SignedInfo"),
    ("there is no SignedValue", "没有 SignedValue"),
    ("there is no SignedValueLoc", "没有 SignedValueLoc"),
    // PDF.
    ("`stream` does not end its line", "`stream` 之后没有换行"),
    ("a cross-reference stream has rows left over", "交叉引用流有多余的行"),
    ("a cross-reference stream is cut off", "交叉引用流被截断"),
    ("a cross-reference stream's layout is malformed", "交叉引用流的格式错误"),
    ("a cross-reference stream's length is not written in it", "交叉引用流的长度未直接写明"),
    ("a cross-reference table is malformed", "交叉引用表格式错误"),
    ("a linearized file has a cross-reference before its main one", "线性化文件的主交叉引用之前另有交叉引用"),
    ("a page is not UTF-8", "页面不是 UTF-8"),
    ("a row of the cross-reference is malformed", "交叉引用的行格式错误"),
    ("an offset is negative", "偏移量为负"),
    ("an offset is not an integer", "偏移量不是整数"),
    ("no cross-reference stands where one should", "应有交叉引用处没有交叉引用"),
    ("no end of file belongs to the cross-reference", "交叉引用没有对应的文件结束标记"),
    ("revisions overlap", "修订相互重叠"),
    ("the last `startxref` is malformed", "最后的 `startxref` 格式错误"),
    ("the last marker does not belong to the last cross-reference", "最后的结束标记不属于最后的交叉引用"),
    ("the stream beside a table stands where it may not", "与交叉引用表并存的流位置不当"),
    ("there is no `startxref`", "没有 `startxref`"),
    ("there is no cross-reference", "没有交叉引用"),
    ("a chain of filters", "过滤器串联"),
    ("a cross-reference names one object twice", "交叉引用重复列出同一对象"),
    ("a delimiter where none belongs", "分隔符位置不当"),
    ("a dictionary has one key with two values", "字典中同一键有两个值"),
    ("a dictionary's key is not a name", "字典的键不是名称"),
    ("a filter other than FlateDecode", "使用了 FlateDecode 以外的过滤器"),
    ("a form field is lost", "表单域丢失"),
    ("a form field is not a dictionary", "表单域不是字典"),
    ("a form field is not an indirect object", "表单域不是间接对象"),
    ("a form field is reached twice", "表单域被重复引用"),
    ("a form field's name is not a string", "表单域名称不是字符串"),
    ("a form field's name is too long", "表单域名称过长"),
    ("a hexadecimal string has another character", "十六进制字符串含有其他字符"),
    ("a number is malformed", "数字格式错误"),
    ("a page is not a dictionary", "页面不是字典"),
    ("a page is not an indirect object", "页面不是间接对象"),
    ("a predictor that is not PNG's", "预测器不是 PNG 预测器"),
    ("a predictor's last row is cut off", "预测器的末行被截断"),
    ("a predictor's parameter is out of range", "预测器参数越界"),
    ("a predictor's row has an unknown kind", "预测器的行类型未知"),
    ("a reference is out of range", "引用越界"),
    ("a reference names another generation than there is", "引用的世代号不存在"),
    ("a signature is not a dictionary", "签名不是字典"),
    ("a stream does not have its stated length", "流的长度与声明不符"),
    ("a stream has no length", "流没有长度"),
    ("a stream is cut off", "流被截断"),
    ("a stream's length inside an object stream", "流的长度位于对象流中"),
    ("a stream's length is negative", "流的长度为负"),
    ("a stream's length is not an integer", "流的长度不是整数"),
    ("a string does not end", "字符串没有结尾"),
    ("an array is something else", "数组实为其他类型"),
    ("an object does not end", "对象没有结尾"),
    ("an object is nothing but a reference", "对象只是一个引用"),
    ("an object stream is malformed", "对象流格式错误"),
    ("an object's number is out of range", "对象号越界"),
    ("another object stands where the cross-reference leads", "交叉引用所指处是另一对象"),
    ("compressed data are cut off", "压缩数据被截断"),
    ("compressed data are damaged", "压缩数据损坏"),
    ("form fields nest too deep", "表单域嵌套过深"),
    ("it does not begin with the file or leads out of it", "不从文件开头起或越出文件"),
    ("it does not end where a revision ends", "不在修订末尾结束"),
    ("it is not four whole numbers", "不是四个整数"),
    ("no dictionary where one belongs", "应为字典处不是字典"),
    ("no object stands where one should", "应有对象处没有对象"),
    ("no value where one belongs", "应有值处没有值"),
    ("parameters of a filter that are no dictionary", "过滤器参数不是字典"),
    ("the Contents are empty", "Contents 为空"),
    ("the cross-reference leads out of its revision", "交叉引用指向所在修订之外"),
    ("the file ends inside a value", "文件在值中间截断"),
    ("the file is encrypted", "文件已加密"),
    ("the first line does not name a version of PDF", "首行没有 PDF 版本"),
    ("the form is not a dictionary", "表单不是字典"),
    ("the page tree is too deep", "页面树过深"),
    ("there is no ByteRange", "没有 ByteRange"),
    ("there is no Contents", "没有 Contents"),
    ("there is no catalog", "没有文档目录"),
    ("there is no such revision", "没有该修订"),
    ("two cross-references of one revision differ", "同一修订的两个交叉引用不一致"),
    ("values nest too deep", "值嵌套过深"),
    ("what it leaves out is not the signature's value alone", "其所略去的不只是签名值"),
    // With something inside.
    ("and {} more", "另有 {} 项"),
    ("bytes {} to {}", "字节 {} 至 {}"),
    ("critical extension `{}` is not understood", "无法识别关键扩展 `{}`"),
    ("extension `{}` is malformed or out of place", "扩展 `{}` 格式错误或位置不当"),
    ("not a certificate list in DER: {}", "不是 DER 编码的吊销列表：{}"),
    ("not an OCSP response in DER: {}", "不是 DER 编码的 OCSP 响应：{}"),
    ("the responder answers with status {}", "OCSP 服务答复状态 {}"),
    ("the list or answer should have been replaced at {}", "吊销列表或响应本应于 {} 更新"),
    ("good as of {}, by a grace period until {}", "截至 {} 未吊销（宽限期至 {}）"),
    ("on hold since {}", "自 {} 起暂停"),
    ("revocation is open: {}", "吊销状态未定：{}"),
    ("revoked at {} for a compromise of unknown date", "于 {} 因泄露被吊销，泄露日期不明"),
    ("revoked at {}, and the earlier time is only claimed", "于 {} 被吊销，而更早的时间仅为自称"),
    ("revoked since {} ({})", "自 {} 起吊销（{}）"),
    ("at present: {}", "现状：{}"),
    ("extension `{}` is malformed", "扩展 `{}` 格式错误"),
    ("extension `{}` must be understood and is not", "扩展 `{}` 必须识别而无法识别"),
    ("extension `{}` stands twice", "扩展 `{}` 重复出现"),
    ("not valid at {}", "在 {} 不在有效期内"),
    ("not well-formed at line {}, column {}", "第 {} 行第 {} 列不是良构的 XML"),
    ("over the limit of {} {}", "超过限额 {} {}"),
    ("tag {} where {} belongs", "标签为 {} 而应为 {}"),
    ("the key's algorithm `{}` is not supported", "不支持密钥算法 `{}`"),
    ("the response has status {} and no token", "时间戳响应状态为 {} 且没有令牌"),
    ("version {} is not known", "版本 {} 无法识别"),
    ("revision {}", "第 {} 个修订"),
    ("certificate {}: {}", "证书 {}：{}"),
    ("{}: is not there; check the path", "{}：不存在；请核对路径"),
    ("{}: may not be read; whoever runs this takes the right to read it", "{}：无权读取"),
    ("{}: cannot be read: {}", "{}：无法读取（{}）"),
    ("`{}` cannot be read: {}", "无法读取 `{}`：{}"),
    ("`{}` is not in the container", "`{}` 不在容器中"),
    ("`{}`: {}", "`{}`：{}"),
    ("{} at byte {}", "{}（第 {} 字节）"),
    ("{}, {} to {}", "{}，有效期 {} 至 {}"),
];

/// `english` in Chinese, as far as its phrases are known; the rest as it is.
pub fn chinese(english: &str) -> Cow<'_, str> {
    translated(english, DEPTH).map_or(Cow::Borrowed(english), Cow::Owned)
}

fn translated(english: &str, depth: u32) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let (pattern, captured, chinese) = PHRASES
        .iter()
        .find_map(|(pattern, chinese)| Some((*pattern, captured(pattern, english)?, *chinese)))?;
    let quoted = pattern.split("{}").map(|before| before.ends_with('`'));
    let inside = captured.into_iter().zip(quoted).map(|(text, quoted)| {
        let translated = if quoted { None } else { translated(text, depth) };
        translated.unwrap_or_else(|| text.to_owned())
    });
    let mut parts = chinese.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (value, part) in inside.zip(parts) {
        text.push_str(&value);
        text.push_str(part);
    }
    Some(text)
}

/// What stands in `text` for each `{}` of `pattern`, if `text` has its form.
fn captured<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let (head, mut pattern) = match pattern.split_once("{}") {
        Some((head, rest)) => (head, Some(rest)),
        None => (pattern, None),
    };
    let mut text = text.strip_prefix(head)?;
    let mut captured = Vec::new();
    while let Some(literal) = pattern {
        let value = match literal.split_once("{}") {
            Some((literal, rest)) => {
                let (value, left) = text.split_once(literal)?;
                (text, pattern) = (left, Some(rest));
                value
            }
            None => {
                let value = text.strip_suffix(literal)?;
                (text, pattern) = ("", None);
                value
            }
        };
        captured.push(value);
    }
    text.is_empty().then_some(captured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_whole_and_inside_each_other() {
        for (english, expected) in [
            ("the length is wrong", "长度不对"),
            ("over the limit of 64 signatures", "超过限额 64 个签名"),
            ("`Doc_0/Document.xml`: there is no SignedInfo", "`Doc_0/Document.xml`：没有 SignedInfo"),
            ("tag 0x02 where 0x30 belongs at byte 4", "标签为 0x02 而应为 0x30（第 4 字节）"),
            (
                "`CN=Root`: not valid at 2026-11-20T16:00:00+08:00",
                "`CN=Root`：在 2026-11-20T16:00:00+08:00 不在有效期内",
            ),
            // A file may be called like anything that is said here.
            ("`entries` is not in the container", "`entries` 不在容器中"),
            ("`references`: there is no SignedInfo", "`references`：没有 SignedInfo"),
            (
                "`the length is wrong` cannot be read: the length is wrong",
                "无法读取 `the length is wrong`：长度不对",
            ),
            ("`entries`", "`entries`"),
            ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.11"),
            ("", ""),
        ] {
            assert_eq!(chinese(english), expected);
        }
    }

    #[test]
    fn every_row_is_whole_and_can_be_reached() {
        for (number, (english, chinese)) in PHRASES.iter().enumerate() {
            let holes = |text: &str| text.matches("{}").count();
            assert_eq!(holes(english), holes(chinese), "{english}");
            let sample = english.replace("{}", "7");
            let first = PHRASES.iter().position(|(pattern, _)| captured(pattern, &sample).is_some());
            assert_eq!(first, Some(number), "{english} is hidden by an earlier row");
        }
    }
}
