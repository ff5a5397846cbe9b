//! How well findings meet labels.

use super::{DAY, Label};
use crate::{detectors::Detector, finding::Finding};

/// The score of one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Whose.
    pub detector: Detector,
    /// Patterns that were injected.
    pub labels: usize,
    /// Of these, found.
    pub found: usize,
    /// Findings of the detector.
    pub findings: usize,
    /// Of these, about a pattern that was injected for this detector.
    pub hits: usize,
    /// Of these, about somebody for whom another pattern was injected at that time: not what the detector looks for,
    /// but worth looking at.
    pub others: usize,
}

impl Score {
    /// Findings that hit among all that do not hit another pattern, in percent.
    pub fn precision_percent(&self) -> usize {
        let counted = self.findings - self.others;
        (100 * self.hits).checked_div(counted).unwrap_or(100)
    }

    /// Patterns that were found, in percent.
    pub fn recall_percent(&self) -> usize {
        (100 * self.found).checked_div(self.labels).unwrap_or(100)
    }
}

impl Label {
    /// A finding may come a day after the pattern, when its windows have gathered enough.
    fn is_met_by(&self, finding: &Finding) -> bool {
        let is_subject = self.subjects.iter().any(|subject| **subject == *finding.subject);
        is_subject && finding.time >= self.from && finding.time <= self.until + DAY
    }
}

/// Scores all detectors.
pub fn score(labels: &[Label], findings: &[Finding]) -> Vec<Score> {
    let of = |detector: Detector| {
        let own: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.rule == detector.id())
            .collect();
        let labels_of: Vec<&Label> = labels.iter().filter(|label| label.detector == detector).collect();
        let is_hit = |finding: &&&Finding| labels_of.iter().any(|label| label.is_met_by(finding));
        let is_other =
            |finding: &&&Finding| !is_hit(finding) && labels.iter().any(|label| label.is_met_by(finding));
        Score {
            detector,
            labels: labels_of.len(),
            found: labels_of
                .iter()
                .filter(|label| own.iter().any(|finding| label.is_met_by(finding)))
                .count(),
            findings: own.len(),
            hits: own.iter().filter(is_hit).count(),
            others: own.iter().filter(is_other).count(),
        }
    };
    Detector::ALL.into_iter().map(of).collect()
}
