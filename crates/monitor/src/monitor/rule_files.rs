//! Rules as files: given out and taken in.

use super::Monitor;
use crate::{
    Error, Result,
    alarms::{Importer, rule_file},
    api::RulesImport,
};

impl Monitor {
    /// All rules as YAML: a rule file of Prometheus, with what it has no words for (`docs/operator/monitoring.md`).
    ///
    /// # Errors
    /// Where a text cannot be written as YAML.
    pub fn export_rules(&self) -> Result<String> {
        self.alarms.export()
    }

    /// Takes the rules of a file of Prometheus, or of [`Self::export_rules`]: all of them, or none.
    ///
    /// # Errors
    /// Where the file or a rule in it is wrong, or there are too many.
    pub async fn import_rules(&self, yaml: &str, by: &str) -> Result<RulesImport> {
        let read = self.read_rules(yaml).await?;
        let importer = Importer {
            by,
            now: self.clock.now(),
        };
        let outcome = self.alarms.import(&read, importer)?;
        self.evaluate.notify_one();
        Ok(outcome)
    }

    /// What [`Self::import_rules`] would do; nothing changes.
    ///
    /// # Errors
    /// As [`Self::import_rules`].
    pub async fn would_import_rules(&self, yaml: &str, by: &str) -> Result<RulesImport> {
        let read = self.read_rules(yaml).await?;
        let importer = Importer {
            by,
            now: self.clock.now(),
        };
        self.alarms.would_import(&read, importer)
    }

    async fn read_rules(&self, yaml: &str) -> Result<rule_file::Read> {
        let read = rule_file::read(yaml)?;
        for rule in &read.rules {
            self.check_condition(&rule.condition)
                .await
                .map_err(|error| match error {
                    Error::Query { problem } => Error::Query {
                        problem: format!("{}: {problem}", rule.name),
                    },
                    other => other,
                })?;
        }
        Ok(read)
    }
}
