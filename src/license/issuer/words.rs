//! The words by which names tell offices from each other and from whoever is none.
//! They come from names in the field; who a name fits is decided beside.

/// Functions in government with the words that name them, those of offices since merged included (2018 reform).
pub(super) const FUNCTIONS: [&[&str]; 22] = [
    &["公安"],
    &["民政"],
    &["税务"],
    &["市场监督", "市场监管", "市监", "工商行政", "工商局", "质量技术监督", "食品药品监督", "药品监督"],
    &["自然资源", "国土资源", "规划", "不动产"],
    &["住房", "住建", "建设局", "建设厅", "建设委", "房产", "房屋"],
    &["人力资源", "社会保障", "社会保险", "人社", "劳动保障"],
    &["卫生", "卫健"],
    &["医疗保障", "医保"],
    &["公积金"],
    &["教育"],
    &["交通"],
    &["生态环境", "环境保护", "环保"],
    &["农业", "农村"],
    &["残疾人", "残联"],
    &["应急管理", "安全生产监督"],
    &["司法"],
    &["商务"],
    &["文化", "旅游", "文物", "广播电视"],
    &["水利", "水务"],
    &["林业", "林草"],
    &["财政"],
];

/// Offices that act for all others of their place; whatever else is called 大数据 does not.
pub(super) const FOR_ALL: [&str; 13] = [
    "行政审批",
    "政务服务",
    "行政服务",
    "人民政府",
    "数据局",
    "数据管理局",
    "大数据中心",
    "政务数据中心",
    "大数据发展管理局",
    "大数据服务管理局",
    "大数据资源管理局",
    "数据资源管理局",
    "大数据管理中心",
];

/// How names of offices end. Ministries are named each, since shops end in 部 as well (经营部); so is 所, for firms do (事务所).
pub(super) const OFFICES: [&str; 42] = [
    "局",
    "厅",
    "委",
    "委员会",
    "管委会",
    "署",
    "政府",
    "中心",
    "办公室",
    "办",
    "处",
    "站",
    "总队",
    "支队",
    "大队",
    "中队",
    "档案馆",
    "海关",
    "联合会",
    "残联",
    "工会",
    "国务院",
    "法院",
    "检察院",
    "派出所",
    "管理所",
    "监督所",
    "检验所",
    "司法所",
    "工商所",
    "税务所",
    "公安部",
    "民政部",
    "教育部",
    "司法部",
    "财政部",
    "资源部",
    "环境部",
    "建设部",
    "运输部",
    "保障部",
    "农村部",
];

/// The same ends of whoever is no office.
pub(super) const NO_OFFICES: [&str; 17] = [
    "书局",
    "邮局",
    "餐厅",
    "舞厅",
    "歌厅",
    "啡厅",
    "展厅",
    "影厅",
    "茶餐厅",
    "经销处",
    "代销处",
    "经营处",
    "代理处",
    "销售中心",
    "商贸中心",
    "购物中心",
    "加油站",
];

/// How names of those end who trade, or are nobody's office.
pub(super) const FIRMS: [&str; 11] =
    ["公司", "集团", "企业", "合作社", "商行", "店", "厂", "事务所", "协会", "商会", "学会"];

/// How names of those end who certify births.
pub(super) const HOSPITALS: [&str; 4] = ["医院", "保健院", "卫生院", "服务站"];

/// What stands behind a name on a seal.
pub(super) const SEALS: [&str; 14] = [
    "专用章",
    "印章",
    "公章",
    "签章",
    "业务章",
    "章",
    "电子证照",
    "电子",
    "证照",
    "业务",
    "证件",
    "行政审批",
    "合同",
    "备案",
];
