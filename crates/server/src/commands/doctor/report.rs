//! The report of `doctor`: lines for people, or a JSON document.

use plenaria_domain::doctor::Finding;
use plenaria_domain::values::time_zone;
use plenaria_persistence::doctor::{RepairReport, Repaired};
use serde_json::{Value, json};

/// Findings and repairs.
pub(crate) struct Report {
    /// The most severe first.
    findings: Vec<Finding>,
    mended: Vec<Repaired>,
    /// Repairs that failed, and why.
    failed: Vec<String>,
}

impl Report {
    pub(crate) fn new(mut findings: Vec<Finding>, repair: RepairReport) -> Self {
        findings.sort_by_key(|finding| (finding.kind.severity(), finding.kind));
        let failed = repair.failed.into_iter().map(|(kind, error)| {
            format!("{:#}.", anyhow::Error::new(error).context(format!("cannot repair {}", kind.name())))
        });
        Self { findings, mended: repair.repaired, failed: failed.collect() }
    }

    /// A line for each repair, failed repair and finding; and the totals.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.mended.iter().map(ToString::to_string).collect();
        lines.extend(self.failed.iter().cloned());
        lines.extend(self.findings.iter().map(ToString::to_string));
        let (faults, advice) = self.totals();
        lines.push(match (faults, advice) {
            (0, 0) => "all is well".to_owned(),
            (0, advice) => format!("no faults; advice: {advice}"),
            (faults, advice) => format!("faults: {faults}; advice: {advice}"),
        });
        lines
    }

    /// The report as JSON.
    pub(crate) fn json(&self) -> Value {
        let finding = |finding: &Finding| {
            let kind = finding.kind;
            json!({
                "severity": kind.severity(), "kind": kind.name(), "what": finding.what, "ids": finding.ids,
                "rows": finding.rows, "remedy": kind.remedy(), "repairable": kind.is_repairable(),
            })
        };
        let mended = |mended: &Repaired| json!({ "kind": mended.kind.name(), "what": mended.what, "event": mended.id });
        let (faults, advice) = self.totals();
        json!({
            "time_zone_rules": time_zone::rules_version(),
            "faults": faults, "advice": advice,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "repaired": self.mended.iter().map(mended).collect::<Vec<_>>(),
            "failed": self.failed,
        })
    }

    /// Why the command fails, if it does.
    pub(crate) fn failure(&self) -> Option<String> {
        match (self.totals().0, self.failed.len()) {
            (0, 0) => None,
            (0, _) => Some("not everything could be repaired.".to_owned()),
            (1, _) => Some("a fault was found.".to_owned()),
            (faults, _) => Some(format!("{faults} faults were found.")),
        }
    }

    fn totals(&self) -> (usize, usize) {
        let faults = self.findings.iter().filter(|finding| finding.is_fault()).count();
        (faults, self.findings.len() - faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::doctor::Kind;

    #[test]
    fn only_faults_fail_the_command() {
        let report = |kinds: &[Kind]| {
            let findings = kinds.iter().map(|kind| Finding::new(*kind, "x")).collect();
            Report::new(findings, RepairReport::default())
        };
        assert_eq!((report(&[]).lines(), report(&[]).failure()), (vec!["all is well".to_owned()], None));
        let advice = report(&[Kind::ManageUrl]);
        assert!(advice.failure().is_none() && advice.lines()[1] == "no faults; advice: 1");
        let both = report(&[Kind::ManageUrl, Kind::Outbox]);
        assert!(both.failure().is_some() && both.lines()[0].starts_with("fault outbox: x. "));
        assert_eq!(both.json()["findings"][0]["repairable"], true);
    }
}
