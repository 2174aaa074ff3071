//! The part of the report about the license. Holders are counted, not named: a terminal is seen by others.

use super::{GREEN, RED, Report, YELLOW};
use crate::foreign::shown;
use crate::verdict::{
    Copy, CopyKind, Dates, Holder, Issuer, Judgement, License, State, StatusSource, Usable,
};

impl Report {
    pub(super) fn license(&mut self, license: &License, judgement: &Judgement) {
        let name = license.type_name.as_deref().unwrap_or("?");
        let title = self.say("license", "证照");
        self.line(1, &format!("{title} {}", shown(name)));
        if let Some(identifier) = &license.identifier {
            self.field("identifier", "标识", identifier);
        }
        if let Some(version) = &license.version {
            self.field("version", "版本", version);
        }
        self.issuer(&license.issuer);
        self.dates(&license.dates);
        self.holders(&license.holders);
        self.state(judgement);
        self.copy(&judgement.copy);
    }

    fn issuer(&mut self, issuer: &Issuer) {
        let code = issuer.code.as_ref().map(|code| format!("({code})"));
        let parts: Vec<&str> = [&issuer.name, &code].into_iter().flatten().map(String::as_str).collect();
        if !parts.is_empty() {
            self.field("issuer", "颁发机构", &shown(&parts.join(" ")));
        }
    }

    fn dates(&mut self, dates: &Dates) {
        if let Some(issued) = &dates.issued {
            self.field("issued", "颁发日期", issued);
        }
        let until = if dates.unlimited { Some(self.say("no end", "长期")) } else { dates.until.as_deref() };
        if dates.from.is_some() || until.is_some() {
            let period = format!("{} – {}", dates.from.as_deref().unwrap_or("?"), until.unwrap_or("?"));
            self.field("valid", "有效期", &period);
        }
    }

    fn holders(&mut self, holders: &[Holder]) {
        if holders.is_empty() {
            return;
        }
        let covered = if holders.iter().all(|holder| holder.covered) {
            self.say("covered by a good signature", "在有效签名保护范围内")
        } else {
            self.say("not covered by a good signature", "不在有效签名保护范围内")
        };
        let mut kinds: Vec<&str> = holders
            .iter()
            .filter_map(|holder| holder.kind)
            .map(|kind| self.say(kind.english(), kind.chinese()))
            .collect();
        kinds.dedup();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let separator = self.say(", ", "，");
        self.field("holders", "持证主体", &format!("{}{kinds}{separator}{covered}", holders.len()));
    }

    fn state(&mut self, judgement: &Judgement) {
        let state = match judgement.status.state {
            State::InForce => self.say("in force", "有效"),
            State::NotYet => self.say("not yet in force", "尚未生效"),
            State::Suspended => self.say("suspended", "中止"),
            State::Expired => self.say("expired", "已过期"),
            State::Cancelled => self.say("cancelled", "已注销"),
            State::Revoked => self.say("revoked", "已吊销"),
            State::Unknown => self.say("unknown", "未知"),
        };
        let source = match judgement.status.source {
            StatusSource::Registry => self.say(" (issuer's registry)", "(颁发机构登记)"),
            StatusSource::Face => self.say(" (face of the license)", "(照面记载)"),
            StatusSource::None => "",
        };
        self.field("state", "状态", &format!("{state}{source}"));
    }

    fn copy(&mut self, copy: &Copy) {
        let kind = match copy.kind {
            CopyKind::Original => self.say("original", "原件"),
            CopyKind::Annotated => self.say("annotated copy", "加注件"),
            CopyKind::Unknown => self.say("unknown", "未知"),
        };
        self.field("copy", "件别", kind);
        if let Some(made_for) = &copy.made_for {
            self.field("made for", "制作事由", &shown(made_for.expose()));
        }
        if let Some(until) = &copy.valid_until {
            let over = if copy.ended == Some(true) { self.say(" (over)", "(已截止)") } else { "" };
            self.field("until", "截止时间", &format!("{}{over}", shown(until)));
        }
    }

    pub(super) fn usable(&mut self, judgement: &Judgement, purpose: Option<&str>) {
        let (color, usable) = match judgement.usable(purpose) {
            Usable::Yes => (GREEN, self.say("yes", "是")),
            Usable::No => (RED, self.say("no", "否")),
            Usable::Undetermined => (YELLOW, self.say("undetermined", "不能确定")),
        };
        let title = self.say("usable", "可用");
        let usable = self.paint(color, usable);
        let purpose = purpose.map_or_else(String::new, |purpose| format!(" ({})", shown(purpose)));
        self.line(1, &format!("{title}{purpose}: {usable}"));
    }
}
