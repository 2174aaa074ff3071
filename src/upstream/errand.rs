//! What is asked of an upstream, and in whose name. Personal data inside leave only towards the upstream.

use serde_json::{Map, Value, json};

use super::Exhibit;
use crate::catalog::ServiceId;
use crate::identifier::{Department, MatterCode, SubjectNumber};
use crate::policy::{Basis, Purpose};
use crate::sensitive::Sensitive;

/// One question to a service, with the context that the providing side decides on and records.
#[derive(Clone, Debug)]
pub struct Errand {
    /// The service.
    pub service: ServiceId,
    /// The department that asks.
    pub department: Department,
    /// What for, as agreements name it.
    pub purpose: Purpose,
    /// What for, in the clerk's words; at most 200 characters (useCause of the license interfaces in use).
    pub use_cause: Option<Sensitive<String>>,
    /// The matter that is handled.
    pub matter: Option<MatterCode>,
    /// The number of the case.
    pub case: Option<Sensitive<String>>,
    /// The clerk.
    pub operator: Option<Sensitive<String>>,
    /// Where the case is handled.
    pub channel: Option<Channel>,
    /// The number of the person or enterprise that is asked about.
    pub subject: SubjectNumber,
    /// The number of the person who acts for the subject.
    pub agent: Option<SubjectNumber>,
    /// The legal basis.
    pub basis: Basis,
    /// The parameters of the service.
    pub query: Sensitive<Map<String, Value>>,
    /// Licenses that show why it may be asked. They go to the gateway that decides as well, and never to a provider's system.
    pub evidence: Vec<Exhibit>,
}

impl Errand {
    /// The errand as the API writes it: `{"context":{…},"query":{…}}`. The same errand always gives the same bytes.
    pub(super) fn to_json(&self) -> Value {
        let open = |value: &Option<Sensitive<String>>| value.as_ref().map(|value| value.expose().clone());
        let context = [
            ("department", Some(self.department.to_string())),
            ("purpose", Some(self.purpose.to_string())),
            ("use_cause", open(&self.use_cause)),
            ("matter", self.matter.as_ref().map(ToString::to_string)),
            ("case", open(&self.case)),
            ("operator", open(&self.operator)),
            ("channel", self.channel.map(|channel| channel.as_str().to_owned())),
            ("subject", Some(self.subject.expose().to_owned())),
            ("agent", self.agent.as_ref().map(|agent| agent.expose().to_owned())),
            ("basis", Some(self.basis.as_str().to_owned())),
        ];
        let context: Map<String, Value> = context
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect();
        json!({ "context": context, "query": self.query.expose() })
    }

    /// The same with the evidence, for a gateway that decides again.
    pub(super) fn to_json_with_evidence(&self) -> Value {
        let mut body = self.to_json();
        if let Value::Object(members) = &mut body
            && !self.evidence.is_empty()
        {
            let evidence = self.evidence.iter().map(Exhibit::to_json).collect();
            members.insert("evidence".to_owned(), Value::Array(evidence));
        }
        body
    }
}

/// Where a case is handled (办理渠道).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// At a counter (窗口).
    Counter,
    /// In an application on a phone (移动端).
    Mobile,
    /// On a web site (网上).
    Online,
    /// By a helper who handles it for others (帮办代办).
    Proxy,
    /// At a self-service machine (自助终端).
    Terminal,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 5] = [Self::Counter, Self::Mobile, Self::Online, Self::Proxy, Self::Terminal];

    /// The name in requests and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Mobile => "mobile",
            Self::Online => "online",
            Self::Proxy => "proxy",
            Self::Terminal => "terminal",
        }
    }

    /// The channel with that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}
