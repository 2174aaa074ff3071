//! The walk: each main job once, what happened, and the record that it left. A step that does not end as it must
//! ends the demonstration.

use std::fs;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::caller::Reply;
use super::forge::{NEWBORN, birth_certificate};
use super::people::{Person, people};
use super::provider::BIRTH_CERTIFICATE;
use super::site::{EDUCATION, HOUSING, MEDICAL_SECURITY, PROVIDERS, PUBLIC_SECURITY};
use super::{Error, Stage};
use crate::clock::{Clock, SystemClock};
use crate::gateway::Running;
use crate::ledger::Record;

/// A file as systems send it.
const FILE: &str = "application/octet-stream";

/// Tells the whole story on `out`; returns the record of the refusal in it.
pub(super) async fn tell(stage: &Stage, color: bool, out: &mut dyn Write) -> Result<String, Error> {
    let mut story = Story { stage, out, color, step: 0 };
    story.opening()?;
    story.genuine().await?;
    story.changed().await?;
    story.borrowed_seal().await?;
    story.relayed().await?;
    let refused = story.refused().await?;
    story.shown().await?;
    story.quota().await?;
    story.cached().await?;
    story.closing()?;
    Ok(refused)
}

struct Story<'a> {
    stage: &'a Stage,
    out: &'a mut dyn Write,
    color: bool,
    step: u32,
}

impl Story<'_> {
    fn opening(&mut self) -> Result<(), Error> {
        let (gd, hn) = (&self.stage.guangdong, &self.stage.hunan);
        let title = self.paint("\u{1b}[1m", "Tongban (通办): two provinces on this machine");
        writeln!(self.out, "{title}\n")?;
        for (name, gateway) in [("Guangdong 广东 (44)", gd), ("Hunan 湖南 (43)", hn)] {
            let columns =
                name.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum::<usize>();
            let pad = " ".repeat(22_usize.saturating_sub(columns));
            let admin = gateway.admin_address();
            writeln!(
                self.out,
                "  {name}{pad} https://{}   metrics http://{admin}/metrics",
                gateway.address()
            )?;
        }
        let systems: Vec<&str> = PROVIDERS.iter().map(|(name, _)| *name).collect();
        writeln!(self.out, "  Hunan's systems        {}", systems.join(", "))?;
        let until = if self.stage.kept { "" } else { " (removed at the end)" };
        writeln!(self.out, "  Everything made is in  {}{until}\n", self.stage.site.directory.display())?;
        Ok(())
    }

    async fn genuine(&mut self) -> Result<(), Error> {
        self.title("A genuine license", "真实的证照")?;
        for (index, name) in
            ["business-license", "real-estate-certificate", "identity-card"].into_iter().enumerate()
        {
            let reply = self.verify(name).await?;
            self.must(
                "genuine",
                reply.text("verdict") == "genuine"
                    && reply.text("usable") == "yes"
                    && reply.text("registry") == "answered",
                &reply,
            )?;
            self.verdict(&format!("{name}.ofd"), &reply)?;
            if index == 2 {
                self.record(&self.stage.guangdong, &reply)?;
            }
        }
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Error> {
        self.title("The same license with one byte changed", "改动一个字节")?;
        let reply = self.verify("changed").await?;
        self.must("changed", reply.text("verdict") == "not_genuine", &reply)?;
        self.verdict("changed.ofd", &reply)?;
        self.record(&self.stage.guangdong, &reply)
    }

    async fn borrowed_seal(&mut self) -> Result<(), Error> {
        self.title("A license signed by an office that the seal does not list", "签章人不在印章名单内")?;
        let reply = self.verify("borrowed-seal").await?;
        self.must("borrowed seal", reply.text("verdict") == "not_genuine", &reply)?;
        self.verdict("borrowed-seal.ofd", &reply)?;
        self.record(&self.stage.guangdong, &reply)
    }

    async fn relayed(&mut self) -> Result<(), Error> {
        self.title(
            "Guangdong's housing department asks Hunan for social insurance",
            "广东住建向湖南查询参保信息",
        )?;
        let reply = self.ask(SOCIAL_INSURANCE, HOUSING, "public_rental_housing", &first_person()?).await?;
        self.must("relayed", reply.status == 200 && reply.text("outcome") == "answered", &reply)?;
        self.line(&format!("answered in {:.1} ms by way of both gateways", milliseconds(&reply)))?;
        self.members("data", &reply)?;
        self.list("withheld", &reply)?;
        self.list("masked", &reply)?;
        self.both_records(&reply)
    }

    async fn refused(&mut self) -> Result<String, Error> {
        self.title("The same department asks for a household, without an agreement", "没有协议即拒绝")?;
        let reply =
            self.ask("hj.household.query", HOUSING, "public_rental_housing", &first_person()?).await?;
        self.must("refused", reply.status == 403, &reply)?;
        self.problem(&reply)?;
        self.record(&self.stage.guangdong, &reply)?;
        Ok(reply.text("record").to_owned())
    }

    async fn shown(&mut self) -> Result<(), Error> {
        self.title(
            "A mother registers her newborn, whom only the birth certificate names",
            "凭出生医学证明为新生儿入户",
        )?;
        let reply = self.register(json!([])).await?;
        self.must("not shown", reply.status == 403, &reply)?;
        self.problem(&reply)?;
        self.list("missing", &reply)?;
        let file = fs::read(self.stage.site.path("licenses/birth-certificate.ofd"))?;
        let evidence = json!([{
            "type": "birth_certificate", "relation": "parent_of", "presence": "identity_card",
            "license": STANDARD.encode(file),
        }]);
        let reply = self.register(evidence).await?;
        self.must("shown", reply.status == 200 && reply.text("outcome") == "answered", &reply)?;
        self.line(&format!(
            "answered in {:.1} ms; both gateways judged the certificate",
            milliseconds(&reply)
        ))?;
        self.members("data", &reply)?;
        self.record(&self.stage.guangdong, &reply)
    }

    /// Asks Hunan for the birth of the newborn.
    async fn register(&self, evidence: Value) -> Result<Reply, Error> {
        let body = registration(&evidence)?;
        let path = format!("/v1/exchange/43/{BIRTH_CERTIFICATE}");
        self.stage.caller.post(&path, "application/json", &[], body.to_string().into_bytes()).await
    }

    async fn quota(&mut self) -> Result<(), Error> {
        self.title("The education department asks until its quota is used up", "用尽配额")?;
        let person = first_person()?;
        let mut answered = 0;
        // Its agreement allows a burst of two and five a day.
        for _ in 0..10 {
            let reply = self.ask(SOCIAL_INSURANCE, EDUCATION, "school_enrollment", &person).await?;
            match reply.status {
                200 => answered += 1,
                429 => {
                    self.line(&format!("{answered} answered, then:"))?;
                    self.problem(&reply)?;
                    return self.record(&self.stage.guangdong, &reply);
                }
                _ => return self.must("quota", false, &reply),
            }
        }
        Err(Error::Unexpected { step: "quota", found: format!("{answered} answers and no refusal") })
    }

    async fn cached(&mut self) -> Result<(), Error> {
        self.title("Medical security asks the same twice", "再次查询由缓存应答")?;
        let person = first_person()?;
        let before = self.asked();
        let first = self.ask("hj.baseinfo.query", MEDICAL_SECURITY, "insurance_enrollment", &person).await?;
        let second = self.ask("hj.baseinfo.query", MEDICAL_SECURITY, "insurance_enrollment", &person).await?;
        let state =
            |reply: &Reply| reply.body.pointer("/cache/state").and_then(Value::as_str).map(str::to_owned);
        self.must("first", first.status == 200, &first)?;
        self.must("cached", state(&second).as_deref() == Some("hit"), &second)?;
        for (name, reply) in [("first", &first), ("second", &second)] {
            let state = state(reply).unwrap_or_default();
            self.line(&format!("{name:<7} {:>6.1} ms  cache {state}", milliseconds(reply)))?;
        }
        self.line(&format!("Hunan's household registration was asked {} time", self.asked() - before))?;
        self.record(&self.stage.guangdong, &second)
    }

    fn closing(&mut self) -> Result<(), Error> {
        let done = self.paint("\u{1b}[32m", "✓");
        writeln!(
            self.out,
            "{done} Every step ended as it must. Its record was read back from Guangdong's ledger, and for the relayed request\n  \
             from Hunan's as well."
        )?;
        Ok(())
    }

    async fn verify(&self, name: &str) -> Result<Reply, Error> {
        let file = fs::read(self.stage.site.path(&format!("licenses/{name}.ofd")))?;
        let headers = [("tongban-department", HOUSING), ("tongban-purpose", "license_verification")];
        self.stage.caller.post("/v1/licenses/verify", FILE, &headers, file).await
    }

    async fn ask(
        &self,
        service: &str,
        department: &str,
        purpose: &str,
        person: &Person,
    ) -> Result<Reply, Error> {
        let body = question(service, department, purpose, person).to_string().into_bytes();
        self.stage.caller.post(&format!("/v1/exchange/43/{service}"), "application/json", &[], body).await
    }

    fn asked(&self) -> u64 {
        self.stage.providers.iter().map(super::Provider::asked).sum()
    }

    fn must(&self, step: &'static str, holds: bool, reply: &Reply) -> Result<(), Error> {
        if holds {
            return Ok(());
        }
        Err(Error::Unexpected { step, found: format!("{} {}", reply.status, reply.body) })
    }

    fn title(&mut self, english: &str, chinese: &str) -> Result<(), Error> {
        self.step += 1;
        let step = self.step;
        let title = self.paint("\u{1b}[1m", &format!("{step}  {english}"));
        writeln!(self.out, "{title}  {chinese}")?;
        Ok(())
    }

    fn verdict(&mut self, file: &str, reply: &Reply) -> Result<(), Error> {
        let verdict = reply.text("verdict");
        let (mark, color) = if verdict == "genuine" { ("✓", "\u{1b}[32m") } else { ("✗", "\u{1b}[31m") };
        let verdict = self.paint(color, &format!("{mark} {}", verdict.replace('_', " ")));
        let (usable, registry) = (reply.text("usable"), reply.text("registry"));
        let time = milliseconds(reply);
        self.line(&format!("{verdict}  {file}  usable: {usable}  registry: {registry}  {time:.1} ms"))?;
        let reasons = reply.body.pointer("/signatures/0/reasons").and_then(Value::as_array);
        for reason in reasons.into_iter().flatten().filter(|reason| reason["severity"] == "fatal") {
            let member = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            self.line(&format!("  {} [{}]  {}", member("text"), member("place"), member("code")))?;
        }
        Ok(())
    }

    fn problem(&mut self, reply: &Reply) -> Result<(), Error> {
        let head = self.paint("\u{1b}[33m", &format!("{} {}", reply.status, reply.text("title")));
        self.line(&format!("{head}  {}", reply.text("code")))?;
        self.line(&format!("  {}", reply.text("detail")))?;
        self.line(&format!("  to mend: {}", reply.text("mend")))
    }

    fn members(&mut self, member: &str, reply: &Reply) -> Result<(), Error> {
        let members = reply.body.get(member).and_then(Value::as_object).map(Map::iter).into_iter().flatten();
        for (name, value) in members {
            self.line(&format!(
                "  {name:<8} {}",
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            ))?;
        }
        Ok(())
    }

    fn list(&mut self, member: &str, reply: &Reply) -> Result<(), Error> {
        let names: Vec<&str> = reply
            .body
            .get(member)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.line(&format!("{member:<8} {}", names.join(", ")))
    }

    /// Shows the record that `gateway` keeps of the request, read back from its ledger.
    fn record(&mut self, gateway: &Running, reply: &Reply) -> Result<(), Error> {
        let id = reply.text("record");
        let record = gateway.exchange().ledger().find(id)?;
        let record =
            record.ok_or_else(|| Error::Unexpected { step: "record", found: format!("no record `{id}`") })?;
        self.show("record", &record)?;
        writeln!(self.out)?;
        Ok(())
    }

    /// Shows the records that both gateways keep of one relayed request.
    fn both_records(&mut self, reply: &Reply) -> Result<(), Error> {
        let request = reply.text("request_id");
        let (guangdong, hunan) = (&self.stage.guangdong, &self.stage.hunan);
        for (name, gateway) in [("record in Guangdong", guangdong), ("record in Hunan", hunan)] {
            match gateway.exchange().ledger().of_request(request)?.as_slice() {
                [record] => self.show(name, record)?,
                records => {
                    let found = format!("{} records of request `{request}`", records.len());
                    return Err(Error::Unexpected { step: name, found });
                }
            }
        }
        writeln!(self.out)?;
        Ok(())
    }

    fn show(&mut self, name: &str, record: &Record) -> Result<(), Error> {
        let entry = &record.json;
        let shown = ["department", "purpose", "evidence", "decision", "outcome", "fields", "cache"]
            .into_iter()
            .filter_map(|name| entry.get(name).map(|value| (name, value)))
            .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
            .map(|(name, value)| format!("{name} {}", plain(value)))
            .collect::<Vec<_>>();
        let text = self.paint("\u{1b}[2m", &format!("{name} {}: {}", record.id, shown.join(" · ")));
        self.line(&text)
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.out, "   {text}")?;
        Ok(())
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.color { format!("{color}{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

const SOCIAL_INSURANCE: &str = "sb.insured.query";

/// Where a command has a file. No base64 has a hyphen.
const HERE: &str = "the-file";

fn first_person() -> Result<Person, Error> {
    let first = people()?.into_iter().next();
    first.ok_or_else(|| Error::Unexpected { step: "people", found: "nobody".to_owned() })
}

fn milliseconds(reply: &Reply) -> f64 {
    reply.took.as_secs_f64() * 1000.0
}

/// A value of a record in few characters.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| value.as_array().is_none_or(|values| !values.is_empty()))
            .map(|(name, value)| format!("{name}={}", plain(value)))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}

/// The question for the birth of the newborn, with `evidence` of who the mother is.
fn registration(evidence: &Value) -> Result<Value, Error> {
    let mother = birth_certificate(SystemClock.now())?;
    let mother = mother.fields.iter().find(|field| field.name == "momIdCode");
    let mother = mother.map(|field| field.value.expose().clone()).unwrap_or_default();
    Ok(json!({
        "context": {
            "department": PUBLIC_SECURITY, "purpose": "newborn_registration", "matter": "990700005000",
            "case": "DEMO-0002", "operator": "window-03", "channel": "counter",
            "basis": "authorisation:guardian", "subject": NEWBORN, "agent": mother,
        },
        "query": { "birthCode": NEWBORN, "momName": "王样例", "momIdCode": mother },
        "evidence": evidence,
    }))
}

/// A question as a department system sends it.
fn question(service: &str, department: &str, purpose: &str, person: &Person) -> Value {
    let number = person.number.expose();
    let query = match service {
        SOCIAL_INSURANCE => json!({ "aac003": person.name, "aac058": "01", "aac147": number }),
        _ => json!({ "xm": person.name, "gmsfhm": number }),
    };
    // Samples of the catalog, each of which lists the services that are asked for it.
    let matter = match department {
        EDUCATION => "990700003000",
        MEDICAL_SECURITY => "992000007000",
        _ => "990700001000",
    };
    let basis = if department == MEDICAL_SECURITY { "statute" } else { "authorisation:subject" };
    json!({
        "context": {
            "purpose": purpose,
            "use_cause": "演示",
            "matter": matter,
            "case": "DEMO-0001",
            "department": department,
            "operator": "window-03",
            "channel": "counter",
            "subject": number,
            "basis": basis,
        },
        "query": query,
    })
}

/// Prints the commands that repeat the walk against the gateways as they stand, which refused what `refused` is the record of.
pub(super) fn curl(stage: &Stage, refused: &str, out: &mut dyn Write) -> Result<(), Error> {
    let path = |relative: &str| quoted(&stage.site.path(relative).display().to_string());
    let common = format!(
        "curl -sS --cacert {} --cert {} --key {}",
        path("tls/authority.pem"),
        path("tls/gd-window.pem"),
        path("tls/gd-window.key")
    );
    let address = stage.guangdong.address();
    let asked = |service| {
        let body = question(service, HOUSING, "public_rental_housing", &first_person()?);
        Ok::<_, Error>(quoted(&body.to_string()))
    };
    let (body, denied) = (asked(SOCIAL_INSURANCE)?, asked("hj.household.query")?);
    writeln!(out, "\nBoth gateways stay up until you press Ctrl-C. To repeat:\n")?;
    let files = [
        ("business-license", "a genuine license"),
        ("changed", "one byte changed"),
        ("borrowed-seal", "a signer whom the seal does not list"),
    ];
    for (name, what) in files {
        writeln!(
            out,
            "# {what}\n{common} -H 'Tongban-Department: {HOUSING}' -H 'Content-Type: {FILE}' --data-binary @{} https://{address}/v1/licenses/verify\n",
            path(&format!("licenses/{name}.ofd"))
        )?;
    }
    writeln!(
        out,
        "# social insurance, by way of Hunan\n{common} --json {body} https://{address}/v1/exchange/43/{SOCIAL_INSURANCE}\n"
    )?;
    writeln!(
        out,
        "# a household, without an agreement\n{common} --json {denied} https://{address}/v1/exchange/43/hj.household.query\n"
    )?;
    writeln!(
        out,
        "# why that was refused, and what would do\n{common} https://{address}/v1/decisions/{refused}\n"
    )?;
    let shown = json!([{
        "type": "birth_certificate", "relation": "parent_of", "presence": "identity_card", "license": HERE,
    }]);
    let body = quoted(&registration(&shown)?.to_string());
    // The shell ends the quotation for the file.
    let file = path("licenses/birth-certificate.ofd");
    let body = body.replace(HERE, &format!("'\"$(base64 -w0 {file})\"'"));
    writeln!(
        out,
        "# a newborn, for the mother whom the birth certificate names\n{common} --json {body} https://{address}/v1/exchange/43/{BIRTH_CERTIFICATE}\n"
    )?;
    writeln!(
        out,
        "# what a service takes and gives\n{common} https://{address}/v1/catalog/services/{SOCIAL_INSURANCE}\n"
    )?;
    writeln!(out, "# the operators' numbers\ncurl -sS http://{}/metrics\n", stage.guangdong.admin_address())?;
    flush(out)?;
    Ok(())
}

/// `text` as one word of a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn flush(out: &mut dyn Write) -> io::Result<()> {
    out.flush()
}
