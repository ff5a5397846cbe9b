//! From ABI values to what people and scripts read: enums by name, times as dates, ids by the names they stand for.

use super::{
    catalog::{Catalog, Contract},
    value::{Measure, measure},
};
use crate::output;
use alloy_dyn_abi::{DynSolValue, EventExt, FunctionExt};
use alloy_json_abi::{Event, Function, Param};
use alloy_primitives::{Address, B256, U256, hex};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Bytes that are shown whole; of longer ones the beginning and the length.
const BYTES_SHOWN: usize = 64;
/// Characters of a cell of a table, besides those of the first column.
const CELL_CHARACTERS: usize = 44;
/// Integers that are taken for times: seconds since 1970 from 2001 on; heights and counts are smaller.
const TIMES: std::ops::Range<u64> = 1_000_000_000..100_000_000_000;

/// What ids and addresses are called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Names of accounts and contracts.
    pub addresses: BTreeMap<Address, String>,
    /// Names behind ids.
    pub words: BTreeMap<B256, String>,
}

/// Turns values into what is shown.
#[derive(Clone, Copy)]
pub struct Presenter<'a> {
    /// Where names of enums and functions come from.
    pub catalog: &'a Catalog,
    /// Names of this ledger.
    pub names: &'a Names,
    /// Seconds since 1970: what `in 3 days` counts from.
    pub now: u64,
}

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One value.
    Leaf {
        /// For scripts.
        json: Value,
        /// For people.
        text: String,
    },
    /// An array.
    List(Vec<Shown>),
    /// A struct, or several values with names.
    Fields(Vec<(String, Shown)>),
}

impl Presenter<'_> {
    /// What a function returned.
    ///
    /// # Errors
    /// The bytes are not what the function returns.
    pub fn outputs(&self, function: &Function, data: &[u8]) -> anyhow::Result<Shown> {
        let values = function
            .abi_decode_output(data)
            .map_err(|error| anyhow::anyhow!("the answer of {} does not decode: {error}", function.name))?;
        let mut shown = self.all(&function.outputs, &values);
        if shown.len() == 1
            && let Some((_, only)) = shown.pop()
        {
            return Ok(only);
        }
        Ok(Shown::Fields(shown))
    }

    /// Values with the names of their parameters.
    pub fn all(&self, parameters: &[Param], values: &[DynSolValue]) -> Vec<(String, Shown)> {
        let pairs = (0..).zip(parameters.iter().zip(values));
        let named = pairs.map(|(index, (parameter, value)): (usize, _)| {
            let name = if parameter.name.is_empty() {
                format!("value{index}")
            } else {
                parameter.name.clone()
            };
            (name, self.value(parameter, value))
        });
        named.collect()
    }

    /// The name of an event and its values, in the order of its parameters.
    pub fn event(
        &self,
        contract: &Contract,
        topics: &[B256],
        data: &[u8],
    ) -> Option<(String, Vec<(String, Shown)>)> {
        let event: &Event = contract.event(*topics.first()?)?;
        let decoded = event.decode_log_parts(topics.iter().copied(), data).ok()?;
        let (mut indexed, mut body) = (decoded.indexed.iter(), decoded.body.iter());
        let mut values = Vec::new();
        for parameter in &event.inputs {
            let value = if parameter.indexed {
                indexed.next()?
            } else {
                body.next()?
            };
            let hint = Param {
                ty: parameter.ty.clone(),
                name: parameter.name.clone(),
                components: parameter.components.clone(),
                internal_type: parameter.internal_type.clone(),
            };
            values.push((parameter.name.clone(), self.value(&hint, value)));
        }
        Some((event.name.clone(), values))
    }

    /// One value.
    pub fn value(&self, parameter: &Param, value: &DynSolValue) -> Shown {
        match value {
            DynSolValue::Array(values) | DynSolValue::FixedArray(values) => {
                Shown::List(values.iter().map(|value| self.value(parameter, value)).collect())
            }
            DynSolValue::Tuple(values) => Shown::Fields(self.all(&parameter.components, values)),
            DynSolValue::Bool(value) => leaf(json!(value), if *value { "yes" } else { "no" }),
            DynSolValue::String(text) => leaf(json!(text), text),
            DynSolValue::Uint(number, _) => self.number(parameter, *number),
            DynSolValue::Int(number, _) => leaf(json!(number.to_string()), number),
            DynSolValue::Address(address) => leaf(json!(address), self.address(address)),
            DynSolValue::FixedBytes(word, 32) => leaf(json!(word), self.word(word)),
            DynSolValue::FixedBytes(word, size) => {
                let bytes = word.get(..*size).unwrap_or_default();
                leaf(json!(hex::encode_prefixed(bytes)), self.short(bytes))
            }
            DynSolValue::Bytes(bytes) => leaf(json!(hex::encode_prefixed(bytes)), self.bytes(bytes)),
            DynSolValue::Function(function) => leaf(json!(function.to_string()), function),
        }
    }

    fn number(&self, parameter: &Param, number: U256) -> Shown {
        let variants = parameter
            .internal_type
            .as_ref()
            .and_then(|kind| self.catalog.variants(kind));
        if let Some(name) = variants.and_then(|variants| variants.get(usize::try_from(number).ok()?)) {
            return leaf(json!(name), name);
        }
        // JavaScript reads numbers exactly up to 2^53.
        let Some(small) = u64::try_from(number).ok().filter(|number| *number <= 1 << 53) else {
            return leaf(json!(number.to_string()), number);
        };
        let text = match measure(&parameter.name) {
            Measure::Time if TIMES.contains(&small) => self.time(small),
            Measure::Seconds if small >= 60 => {
                format!(
                    "{small} ({})",
                    humantime::format_duration(Duration::from_secs(small))
                )
            }
            _ => small.to_string(),
        };
        leaf(json!(small), text)
    }

    /// A time with how far away it is.
    pub fn time(&self, seconds: u64) -> String {
        let Some(time) = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else {
            return seconds.to_string();
        };
        let date = humantime::format_rfc3339_seconds(time);
        let away = rough(seconds.abs_diff(self.now));
        if seconds > self.now {
            format!("{date} (in {away})")
        } else {
            format!("{date} ({away} ago)")
        }
    }

    fn address(&self, address: &Address) -> String {
        match self.names.addresses.get(address) {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        }
    }

    fn word(&self, word: &B256) -> String {
        if let Some(name) = self.names.words.get(word) {
            return format!("{name} ({}…)", word.to_string().get(..10).unwrap_or_default());
        }
        if word.is_zero() {
            return "none".to_owned();
        }
        let number = U256::from_be_bytes(word.0);
        if let Ok(small) = u64::try_from(number) {
            return small.to_string();
        }
        if word.starts_with(&[0; 12]) {
            return self.address(&Address::from_word(*word));
        }
        word.to_string()
    }

    /// Fewer than 32 bytes: most often the selector of a function.
    fn short(&self, bytes: &[u8]) -> String {
        let text = hex::encode_prefixed(bytes);
        let Ok(selector) = <[u8; 4]>::try_from(bytes) else {
            return text;
        };
        let known = self.catalog.contracts.iter().find_map(|contract| {
            let function = contract.function_of(selector)?;
            Some(format!("{}.{}", contract.system.name, function.name))
        });
        known.map_or(text.clone(), |known| format!("{known} ({text})"))
    }

    /// Bytes; a call of a system contract in words.
    fn bytes(&self, bytes: &[u8]) -> String {
        let shown = bytes.get(..BYTES_SHOWN).unwrap_or(bytes);
        let text = hex::encode_prefixed(shown);
        if bytes.len() > BYTES_SHOWN {
            format!("{text}… ({} bytes)", bytes.len())
        } else {
            text
        }
    }
}

fn leaf(json: Value, text: impl ToString) -> Shown {
    Shown::Leaf {
        json,
        text: text.to_string(),
    }
}

/// A duration in its largest unit.
pub fn rough(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Seconds since 1970, by the clock of this machine.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

impl Shown {
    /// For scripts.
    pub fn json(&self) -> Value {
        match self {
            Self::Leaf { json, .. } => json.clone(),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Fields(fields) => {
                let pairs = fields.iter().map(|(name, value)| (name.clone(), value.json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// On one line.
    pub fn inline(&self) -> String {
        match self {
            Self::Leaf { text, .. } => text.clone(),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::inline).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Fields(fields) => format!("{{{}}}", inline(fields)),
        }
    }

    /// The value of every leaf by its path, for comparisons.
    pub fn leaves(&self, path: &str, leaves: &mut BTreeMap<String, String>) {
        let join = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        match self {
            Self::Leaf { text, .. } => {
                leaves.insert(path.to_owned(), text.clone());
            }
            Self::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    value.leaves(&format!("{path}[{index}]"), leaves);
                }
            }
            Self::Fields(fields) => {
                for (name, value) in fields {
                    value.leaves(&join(name), leaves);
                }
            }
        }
    }

    /// Prints for people: a struct line by line, an array of structs as a table.
    pub fn print(&self) {
        self.print_at(0);
    }

    fn print_at(&self, depth: usize) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Leaf { text, .. } => println!("{indent}{text}"),
            Self::List(values) if values.is_empty() => println!("{indent}(none)"),
            Self::List(values) => match table(values) {
                Some(rows) => output::table(&rows),
                None => values.iter().for_each(|value| value.print_at(depth)),
            },
            Self::Fields(fields) => {
                let width = fields.iter().map(|(name, _)| name.chars().count()).max();
                let width = width.unwrap_or(0);
                for (name, value) in fields {
                    match value {
                        Self::List(values) if !values.is_empty() => {
                            println!("{indent}{name}");
                            value.print_at(depth + 1);
                        }
                        Self::Fields(inner) if inner.len() > 3 => {
                            println!("{indent}{name}");
                            value.print_at(depth + 1);
                        }
                        other => println!("{indent}{name:<width$}  {}", other.inline()),
                    }
                }
            }
        }
    }
}

/// Values with their names on one line: `a: 1, b: 2`.
pub fn inline(fields: &[(String, Shown)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.inline()))
        .collect();
    fields.join(", ")
}

/// Structs of the same fields as rows under a heading.
fn table(values: &[Shown]) -> Option<Vec<Vec<String>>> {
    let Some(Shown::Fields(first)) = values.first() else {
        return None;
    };
    let heading = first.iter().map(|(name, _)| name.to_uppercase()).collect();
    let mut rows = vec![heading];
    for value in values {
        let Shown::Fields(fields) = value else {
            return None;
        };
        let cells = fields.iter().enumerate().map(|(column, (_, cell))| {
            let text = cell.inline();
            if column == 0 || text.chars().count() <= CELL_CHARACTERS {
                return text;
            }
            text.chars().take(CELL_CHARACTERS - 1).chain(['…']).collect()
        });
        rows.push(cells.collect());
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::{super::catalog::catalog, *};
    use alloy_sol_types::{SolCall, SolEvent};
    use civitas_system_contracts::interfaces::{IGovernance, IOrganisations};

    fn presenter(names: &Names) -> Presenter<'_> {
        Presenter {
            catalog: catalog(),
            names,
            now: 1_800_000_000,
        }
    }

    #[test]
    fn answers_have_names_of_fields_enums_and_ids() {
        let contract = catalog().named("Organisations").unwrap();
        let function = contract.function("organisation").unwrap();
        let id = B256::repeat_byte(3);
        let organisation = IOrganisations::Organisation {
            id,
            name: "Bank".into(),
            kind: IOrganisations::Kind::Business,
            level: 10,
            status: IOrganisations::Status::Active,
            voting: true,
            joinedAt: 7,
        };
        let data = IOrganisations::organisationCall::abi_encode_returns(&organisation);
        let names = Names {
            words: [(id, "Bank".to_owned())].into(),
            ..Names::default()
        };
        let shown = presenter(&names).outputs(function, &data).unwrap();
        let json = shown.json();
        assert_eq!(json["kind"], "Business");
        assert_eq!(json["status"], "Active");
        assert_eq!(json["level"], 10);
        assert_eq!(json["id"], json!(id));
        let text = shown.inline();
        assert!(
            text.starts_with("{id: Bank (0x03030303…), name: Bank, kind: Business"),
            "{text}"
        );
        assert!(text.ends_with("voting: yes, joinedAt: 7}"), "{text}");
        let mut leaves = BTreeMap::new();
        shown.leaves("organisation", &mut leaves);
        assert_eq!(leaves["organisation.level"], "10");
        assert!(presenter(&names).outputs(function, &[1]).is_err());
    }

    #[test]
    fn times_and_durations_are_readable() {
        let names = Names::default();
        let presenter = presenter(&names);
        assert_eq!(
            presenter.time(1_800_000_000 + 3 * 86_400),
            "2027-01-18T08:00:00Z (in 3 days)"
        );
        assert_eq!(
            presenter.time(1_799_999_990),
            "2027-01-15T07:59:50Z (10 seconds ago)"
        );
        let contract = catalog().named("Governance").unwrap();
        let rule = IGovernance::Rule {
            approvalPercent: 60,
            approvalsMin: 2,
            votingSeconds: 259_200,
            timelockSeconds: 0,
        };
        let data = IGovernance::ruleCall::abi_encode_returns(&rule);
        let shown = presenter
            .outputs(contract.function("rule").unwrap(), &data)
            .unwrap();
        assert_eq!(shown.json()["votingSeconds"], 259_200);
        assert!(shown.inline().contains("votingSeconds: 259200 (3days)"));
    }

    #[test]
    fn events_are_decoded_in_the_order_of_their_parameters() {
        let contract = catalog().named("Organisations").unwrap();
        let event = IOrganisations::OrganisationJoined {
            id: B256::repeat_byte(3),
            name: "Bank".into(),
            kind: IOrganisations::Kind::Business,
            level: 10,
            voting: false,
        };
        let log = event.encode_log_data();
        let names = Names::default();
        let (name, values) = presenter(&names)
            .event(contract, log.topics(), &log.data)
            .unwrap();
        assert_eq!(name, "OrganisationJoined");
        let order: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(order, ["id", "name", "kind", "level", "voting"]);
        assert_eq!(values[2].1.json(), "Business");
    }
}
