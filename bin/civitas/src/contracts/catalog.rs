//! The system contracts as the command line sees them: their ABIs with declared types, their words and comments.
//!
//! Everything comes from `civitas_system_contracts::CONTRACTS` and the Solidity interfaces; a contract that is added
//! there has its commands here.

use super::interface::{Interface, element};
use alloy_json_abi::{Error, Event, Function, InternalType, JsonAbi, StateMutability};
use alloy_primitives::{Address, B256, FixedBytes};
use civitas_system_contracts::{CONTRACTS, SystemContract, governance::Kind};
use std::sync::LazyLock;

/// Texts of the Solidity interfaces.
static TEXTS: &[&str] = include!(concat!(env!("OUT_DIR"), "/interfaces.rs"));

/// The command of each contract; one that is not listed has its name in lower case.
const NOUNS: &[(&str, &str)] = &[
    ("Organisations", "organisation"),
    ("Roles", "role"),
    ("Identities", "identity"),
    ("Nodes", "member"),
    ("Control", "control"),
    ("Chains", "chain"),
    ("Ledgers", "ledger"),
    ("Offices", "office"),
    ("Audit", "audit"),
    ("Anchors", "anchor"),
    ("Cases", "case"),
    ("Content", "content"),
    ("Headers", "header"),
    ("Messages", "message"),
    ("Governance", "governance"),
];

/// Errors that every system contract can give, besides those of its interface.
const COMMON_ERRORS: &[&str] = &[
    "error UnknownFunction(bytes4 selector)",
    "error MalformedCall(bytes4 selector)",
    "error ValueNotAccepted()",
    "error ContractClosed(address target)",
    "error DelegateCallNotSupported(address target)",
    "error Error(string reason)",
    "error Panic(uint256 code)",
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::load);

/// The catalogue of this program.
pub fn catalog() -> &'static Catalog {
    &CATALOG
}

/// All system contracts.
pub struct Catalog {
    /// The contracts, in the order of their addresses.
    pub contracts: Vec<Contract>,
    common_errors: Vec<Error>,
}

/// One system contract.
pub struct Contract {
    /// The command.
    pub noun: String,
    /// The contract.
    pub system: &'static SystemContract,
    /// Its ABI with declared types.
    pub abi: JsonAbi,
    /// Its interface; empty if there is no text.
    pub interface: Interface,
    /// Names of its functions as commands: as the ABI has them, and with hyphens.
    pub words: Vec<(String, String)>,
}

impl Catalog {
    fn load() -> Self {
        let interfaces: Vec<Interface> = TEXTS.iter().map(|text| Interface::parse(text)).collect();
        let contracts = CONTRACTS.iter().map(|system| {
            let name = format!("I{}", system.name);
            let found = interfaces.iter().find(|interface| interface.name == name);
            Contract::new(system, found.cloned().unwrap_or_default())
        });
        Self {
            contracts: contracts.collect(),
            common_errors: COMMON_ERRORS
                .iter()
                .filter_map(|text| Error::parse(text).ok())
                .collect(),
        }
    }

    /// The contract of a name or a command, whatever the case.
    pub fn named(&self, name: &str) -> Option<&Contract> {
        let same = |contract: &&Contract| {
            contract.system.name.eq_ignore_ascii_case(name) || contract.noun.eq_ignore_ascii_case(name)
        };
        self.contracts.iter().find(same)
    }

    /// The contract at an address.
    pub fn at(&self, address: &Address) -> Option<&Contract> {
        let same = |contract: &&Contract| contract.system.address == *address;
        self.contracts.iter().find(same)
    }

    /// The contract whose interface has that name.
    pub fn of_interface(&self, name: &str) -> Option<&Contract> {
        let same = |contract: &&Contract| contract.interface.name == name;
        self.contracts.iter().find(same)
    }

    /// Values of the enum that a type stands for.
    pub fn variants(&self, kind: &InternalType) -> Option<&[String]> {
        let (contract, name) = kind.as_enum()?;
        let contract = self.of_interface(contract?)?;
        contract.interface.enums.get(element(name)).map(Vec::as_slice)
    }

    /// The error of a selector: that of `preferred`, of any contract, or a common one. The contract is none for the
    /// last.
    pub fn error<'a>(
        &'a self,
        selector: [u8; 4],
        preferred: Option<&'a Contract>,
    ) -> Option<(Option<&'a Contract>, &'a Error)> {
        let of = |contract: &'a Contract| {
            let error = contract.abi.errors().find(|error| error.selector() == selector);
            error.map(|error| (Some(contract), error))
        };
        let found = preferred.and_then(of);
        let found = found.or_else(|| self.contracts.iter().find_map(of));
        found.or_else(|| {
            let common = self
                .common_errors
                .iter()
                .find(|error| error.selector() == selector);
            common.map(|error| (None, error))
        })
    }

    /// `Contract.function` in the text, or its four bytes.
    pub fn selector(&self, text: &str) -> Option<FixedBytes<4>> {
        let (contract, function) = text.split_once('.')?;
        let function = self.named(contract)?.function(function)?;
        Some(function.selector())
    }
}

impl Contract {
    fn new(system: &'static SystemContract, interface: Interface) -> Self {
        let noun = NOUNS
            .iter()
            .find(|(name, _)| *name == system.name)
            .map_or_else(|| system.name.to_lowercase(), |(_, noun)| (*noun).to_owned());
        let mut abi = (system.abi)();
        interface.name_types(&mut abi);
        // In the order of the interface, which is the order in which a reader wants them.
        let place = |name: &str| {
            let functions = &interface.functions;
            functions.iter().position(|function| function.name == name)
        };
        let mut names: Vec<String> = abi.functions.keys().cloned().collect();
        names.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
        let words = names.into_iter().map(|name| {
            let hyphenated = hyphenate(&name);
            (name, hyphenated)
        });
        Self {
            noun,
            system,
            words: words.collect(),
            abi,
            interface,
        }
    }

    /// The function of a name, with hyphens or without.
    pub fn function(&self, name: &str) -> Option<&Function> {
        let known = |(word, hyphenated): &&(String, String)| word == name || hyphenated == name;
        let (word, _) = self.words.iter().find(known)?;
        self.abi.function(word)?.first()
    }

    /// The function of a selector.
    pub fn function_of(&self, selector: [u8; 4]) -> Option<&Function> {
        self.abi.function_by_selector(selector.into())
    }

    /// The event of a topic.
    pub fn event(&self, topic: B256) -> Option<&Event> {
        self.abi.events().find(|event| event.selector() == topic)
    }

    /// What the interface says of a function.
    pub fn comment(&self, function: &Function) -> &str {
        let declared = self.interface.function(&function.name);
        declared.map_or("", |declared| declared.comment.as_str())
    }

    /// The kind of proposal that can call a function.
    pub fn kind_of(&self, function: &Function) -> Option<Kind> {
        self.system.kind_of(function.selector().0)
    }
}

/// Whether a function only answers.
pub const fn is_view(function: &Function) -> bool {
    matches!(
        function.state_mutability,
        StateMutability::View | StateMutability::Pure
    )
}

/// `setStatus` as `set-status`.
pub fn hyphenate(name: &str) -> String {
    let mut word = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            word.push('-');
        }
        word.push(character.to_ascii_lowercase());
    }
    word
}

/// The first sentence of a comment.
pub fn first_sentence(comment: &str) -> &str {
    let end = comment.find(". ").map_or(comment.len(), |place| place + 1);
    comment.get(..end).unwrap_or(comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_has_its_text_and_every_function_is_declared_in_it() {
        for contract in &catalog().contracts {
            let name = contract.system.name;
            assert_eq!(contract.interface.name, format!("I{name}"), "{name} has no text");
            for function in contract.abi.functions() {
                let declared = contract.interface.function(&function.name);
                let declared = declared.unwrap_or_else(|| panic!("{name}.{} is not declared", function.name));
                assert_eq!(declared.inputs.len(), function.inputs.len(), "{}", function.name);
                assert_eq!(
                    declared.outputs.len(),
                    function.outputs.len(),
                    "{}",
                    function.name
                );
            }
        }
    }

    #[test]
    fn every_interface_is_read_whole() {
        const ELEMENTARY: &[&str] = &["address", "bool", "string", "bytes"];
        for text in TEXTS {
            let interface = Interface::parse(text);
            let name = &interface.name;
            assert!(name.starts_with('I') && !interface.functions.is_empty(), "{name}");
            let declared = text
                .lines()
                .filter(|line| line.trim_start().starts_with("function "));
            assert_eq!(interface.functions.len(), declared.count(), "{name}");
            let functions = interface
                .functions
                .iter()
                .chain(&interface.errors)
                .chain(&interface.events);
            let fields = functions.flat_map(|function| function.inputs.iter().chain(&function.outputs));
            for field in fields.chain(interface.structs.values().flatten()) {
                let kind = element(&field.kind);
                let known = ELEMENTARY.contains(&kind)
                    || kind.starts_with("uint")
                    || kind.starts_with("bytes")
                    || interface.enums.contains_key(kind)
                    || interface.structs.contains_key(kind);
                assert!(known, "{name}: {} {}", field.kind, field.name);
            }
        }
    }

    #[test]
    fn every_declared_enum_can_be_found_through_the_abi() {
        let mut seen = 0;
        for contract in &catalog().contracts {
            for function in contract.abi.functions() {
                for parameter in function.inputs.iter().chain(&function.outputs) {
                    if let Some(kind) = parameter.internal_type.as_ref().filter(|kind| kind.is_enum()) {
                        assert!(catalog().variants(kind).is_some(), "{kind}");
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn words_of_functions() {
        assert_eq!(hyphenate("setStatus"), "set-status");
        assert_eq!(first_sentence("One. Two."), "One.");
        assert_eq!(first_sentence("One."), "One.");
        let organisations = catalog().named("ORGANISATION").unwrap();
        assert_eq!(organisations.function("set-status").unwrap().name, "setStatus");
        assert!(organisations.function("nothing").is_none());
        let selector = catalog().selector("organisation.set-status").unwrap();
        assert_eq!(organisations.function_of(selector.0).unwrap().name, "setStatus");
    }
}
