//! A forge with one root, one office and one license, from which tests make forgeries, and the judge beside it.

use tongban::budget::Limits;
use tongban::clock::Timestamp;
use tongban::demo::forge::{
    Hierarchy, Identity, Issuer, Layout, License, Method, Package, Plan, Seed, Signing, Statement, Validity,
    samples,
};
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchors, Certificate};
use tongban::verdict::Judgement;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn validity() -> Validity {
    Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") }
}

/// When licenses are sealed in the lab; a day later they are judged.
pub(crate) fn sealed() -> Timestamp {
    at("2026-11-20T08:00:00Z")
}

pub(crate) struct Lab {
    pub(crate) hierarchy: Hierarchy,
    pub(crate) office: Issuer,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(Layout::Gb2020)
    }

    pub(crate) fn with(layout: Layout) -> Self {
        let hierarchy = Hierarchy::new(&Seed::new("lab"), validity()).unwrap();
        let office = hierarchy.issuer("广东省示例市市场监督管理局", "44990000000001", layout).unwrap();
        Self { hierarchy, office }
    }

    pub(crate) fn license(&self) -> License {
        samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0).1
    }

    /// The license's document without a signature.
    pub(crate) fn unsigned(&self) -> Package {
        self.license().document(sealed()).package().unwrap()
    }

    /// The license under the office's seal, everything covered.
    pub(crate) fn sealed(&self) -> Package {
        self.office.seal_license(&self.license(), sealed()).unwrap()
    }

    pub(crate) fn signing(&self) -> Signing<'_> {
        Signing::new(&self.office.signer, Method::Seal(&self.office.seal), sealed())
    }

    /// The license sealed by a plan that `change` has bent.
    pub(crate) fn planned(&self, change: impl FnOnce(&mut Plan<'_>)) -> Package {
        let mut package = self.unsigned();
        let signing = self.signing();
        let mut plan = signing.plan(&mut package).unwrap();
        change(&mut plan);
        let xml = plan.to_xml();
        let value = plan.value(&xml).unwrap();
        plan.commit(&mut package, xml, value);
        package
    }

    /// The license sealed over a Signature.xml that `change` has bent as text.
    pub(crate) fn described(&self, change: impl FnOnce(String) -> String) -> Package {
        let mut package = self.unsigned();
        let signing = self.signing();
        let plan = signing.plan(&mut package).unwrap();
        let xml = change(String::from_utf8(plan.to_xml()).unwrap()).into_bytes();
        let value = plan.value(&xml).unwrap();
        plan.commit(&mut package, xml, value);
        package
    }

    /// The license sealed with a statement that `change` has bent before it was signed.
    pub(crate) fn stated(&self, change: impl FnOnce(&mut Statement)) -> Package {
        self.valued(|plan, xml, signer| {
            let mut statement = plan.statement(xml).unwrap().unwrap();
            change(&mut statement);
            statement.sign(signer).unwrap()
        })
    }

    /// The license with whatever `make` gives for the signature's value.
    pub(crate) fn valued(&self, make: impl FnOnce(&Plan<'_>, &[u8], &Identity) -> Vec<u8>) -> Package {
        let mut package = self.unsigned();
        let signing = self.signing();
        let plan = signing.plan(&mut package).unwrap();
        let xml = plan.to_xml();
        let value = make(&plan, &xml, &self.office.signer);
        plan.commit(&mut package, xml, value);
        package
    }

    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::new(vec![Certificate::from_der(self.hierarchy.root.certificate()).unwrap()], Vec::new())
    }

    /// The judgement a day after sealing, under the lab's root.
    pub(crate) fn judged(&self, file: &[u8]) -> Judgement {
        judged_under(&self.anchors(), file)
    }
}

/// The judgement a day after sealing, under `anchors`.
pub(crate) fn judged_under(anchors: &Anchors, file: &[u8]) -> Judgement {
    let limits = Limits::default();
    judge(file, &Circumstances::new(anchors, at("2026-11-21T08:00:00Z"), &limits))
}
