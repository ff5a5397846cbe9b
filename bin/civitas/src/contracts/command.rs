//! The commands of the contracts, made from the catalogue: a command a contract, in it a command a function.
//!
//! An argument is given by its place or as `--name value`, where no option of the program has that name.

use super::{
    Answers,
    catalog::{Contract, catalog, first_sentence, hyphenate, is_view},
    fault::Failure,
    own, with_options,
};
use alloy_json_abi::{Function, Param};
use clap::{Arg, ArgMatches, Command};
use std::{collections::BTreeMap, fmt::Write, sync::LazyLock};

/// Argument that holds what is given by place.
const PLACED: &str = "ARGUMENTS";
/// Options that the program has for itself.
const RESERVED: &[&str] = &[
    "rpc",
    "dir",
    "key",
    "json",
    "dry-run",
    "propose",
    "as",
    "block",
    "wait",
    "log",
    "log-format",
    "help",
    "version",
];
/// Characters of a line of help.
const WIDTH: usize = 110;

/// Adds the command of every contract.
pub fn augment(mut command: Command) -> Command {
    for contract in &catalog().contracts {
        command = command.subcommand(contract_command(contract));
    }
    command
}

/// Whether a command is that of a contract.
pub fn is_contract(name: &str) -> bool {
    catalog().contracts.iter().any(|contract| contract.noun == name)
}

fn contract_command(contract: &'static Contract) -> Command {
    let mut command = Command::new(contract.noun.as_str())
        .about(format!(
            "{} [system contract {}]",
            first_sentence(&contract.interface.comment),
            contract.system.name
        ))
        .override_help(contract_help(contract))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true);
    for (word, hyphenated) in &contract.words {
        if let Some(function) = contract.function(word) {
            let mut inner = function_command(contract, function, word);
            if hyphenated != word {
                inner = inner.alias(hyphenated.as_str());
            }
            command = command.subcommand(inner);
        }
    }
    match own::of(&contract.noun) {
        Some(own) => (own.augment)(command),
        None => command,
    }
}

fn function_command(contract: &'static Contract, function: &'static Function, word: &'static str) -> Command {
    let answers = if is_view(function) {
        Answers::Only
    } else {
        Answers::Changes
    };
    let mut command = Command::new(word)
        .about(contract.comment(function).to_owned())
        .override_usage(format!("civitas {} {}", contract.noun, usage(function)))
        .after_help(function_help(contract, function))
        .arg(
            Arg::new(PLACED)
                .num_args(0..)
                .hide(true)
                .help("The arguments, in their order"),
        );
    for (long, parameter) in named(function) {
        let mut argument = Arg::new(parameter.name.as_str()).long(long).hide(true);
        let hyphenated = hyphenated(&parameter.name);
        if hyphenated != parameter.name && !RESERVED.contains(&hyphenated) {
            argument = argument.alias(hyphenated);
        }
        command = command.arg(argument);
    }
    with_options(command, answers)
}

/// Parameters that can be given by name.
fn named(function: &Function) -> impl Iterator<Item = (&str, &Param)> {
    let inputs = function.inputs.iter();
    let free =
        |parameter: &&Param| !parameter.name.is_empty() && !RESERVED.contains(&parameter.name.as_str());
    inputs
        .filter(free)
        .map(|parameter| (parameter.name.as_str(), parameter))
}

/// Names of parameters with hyphens, which `clap` wants for as long as the program runs.
fn hyphenated(name: &str) -> &'static str {
    static WORDS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let contracts = catalog().contracts.iter();
        let functions = contracts.flat_map(|contract| contract.abi.functions());
        let names = functions.flat_map(|function| &function.inputs);
        names
            .map(|parameter| (parameter.name.clone(), hyphenate(&parameter.name)))
            .collect()
    });
    WORDS.get(name).map_or("", String::as_str)
}

/// The arguments of a function in their order, by name or by place.
///
/// # Errors
/// [`Failure::Usage`] if there are too few or too many.
pub fn texts(function: &Function, matches: &ArgMatches) -> anyhow::Result<Vec<String>> {
    let placed = matches.get_many::<String>(PLACED).unwrap_or_default();
    let by_name = |parameter: &Param| {
        let known = named(function).any(|(_, known)| known.name == parameter.name);
        known
            .then(|| matches.get_one::<String>(&parameter.name).cloned())
            .flatten()
    };
    let given = function.inputs.iter().map(by_name).collect();
    Ok(arrange(function, given, placed.cloned().collect())?)
}

/// Puts what was given by place where nothing was given by name.
fn arrange(
    function: &Function,
    given: Vec<Option<String>>,
    placed: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let count = placed.len();
    let mut placed = placed.into_iter();
    let mut texts = Vec::new();
    for (parameter, named) in function.inputs.iter().zip(given) {
        match named.or_else(|| placed.next()) {
            Some(text) => texts.push(text),
            None => {
                return Err(Failure::usage(format!(
                    "the argument {} ({}) is missing\n  usage: {}",
                    parameter.name,
                    kind(parameter),
                    usage(function)
                )));
            }
        }
    }
    match placed.next() {
        None => Ok(texts),
        Some(extra) => Err(Failure::usage(format!(
            "{} takes {} arguments, `{extra}` is one too many of the {count} given by place\n  usage: {}",
            function.name,
            function.inputs.len(),
            usage(function)
        ))),
    }
}

/// A height in the form of JSON-RPC; tags and hashes as they are.
pub fn block(text: &str) -> String {
    match text.parse::<u64>() {
        Ok(height) => format!("{height:#x}"),
        Err(_) => text.to_owned(),
    }
}

/// `setStatus <id> <status>`.
fn usage(function: &Function) -> String {
    let mut usage = function.name.clone();
    for parameter in &function.inputs {
        // Writing to a string cannot fail.
        let _ = write!(usage, " <{}>", parameter.name);
    }
    usage
}

/// A type in the operator's words.
fn kind(parameter: &Param) -> String {
    let internal = parameter.internal_type.as_ref();
    if let Some(variants) = internal.and_then(|kind| catalog().variants(kind)) {
        return variants.join("|");
    }
    if parameter.components.is_empty() {
        return parameter.ty.clone();
    }
    let fields = parameter
        .components
        .iter()
        .map(|field| format!("{}: {}", field.name, kind(field)));
    let array = parameter.ty.strip_prefix("tuple").unwrap_or_default();
    format!("{{{}}}{array}", fields.collect::<Vec<_>>().join(", "))
}

/// Help of a function: its parameters, and who may call it.
fn function_help(contract: &Contract, function: &Function) -> String {
    let mut help = String::new();
    if !function.inputs.is_empty() {
        help.push_str("Arguments, by place or as --name value:\n");
    }
    let width = function.inputs.iter().map(|input| input.name.len()).max();
    let width = width.unwrap_or(0);
    for parameter in &function.inputs {
        let place = if RESERVED.contains(&parameter.name.as_str()) {
            " (by place only)"
        } else {
            ""
        };
        let _ = writeln!(help, "  {:<width$}  {}{place}", parameter.name, kind(parameter));
    }
    if !function.outputs.is_empty() {
        let outputs: Vec<String> = function.outputs.iter().map(kind).collect();
        let _ = writeln!(help, "Gives: {}", outputs.join(", "));
    }
    if let Some(kind) = contract.kind_of(function) {
        let _ = writeln!(
            help,
            "By proposal of kind {kind:?}: add --propose \"Title\" --as ORGANISATION"
        );
    }
    help.push_str("How arguments are written: docs/operator/commands.md");
    help
}

/// Help of a contract: all its functions, in three groups.
fn contract_help(contract: &Contract) -> String {
    let noun = &contract.noun;
    let mut help = format!("{}\n\n", wrap(&contract.interface.comment, 0));
    let _ = writeln!(help, "Usage: civitas {noun} <function> [arguments] [options]");
    let _ = writeln!(help, "       civitas {noun} <function> --help");
    if let Some(own) = own::of(noun) {
        let _ = write!(help, "\n{}", own.help);
    }
    let all = || {
        contract
            .words
            .iter()
            .filter_map(|(word, _)| contract.function(word))
    };
    let governed = |function: &&Function| contract.kind_of(function).is_some();
    let groups: [(&str, Vec<&Function>); 3] = [
        ("Questions:", all().filter(|function| is_view(function)).collect()),
        (
            "Changes (--key; a role or the contract's own rule permits them):",
            all()
                .filter(|function| !is_view(function) && !governed(function))
                .collect(),
        ),
        (
            "Changes by proposal (--propose \"Title\" --as ORGANISATION; some also by a role):",
            all().filter(governed).collect(),
        ),
    ];
    for (title, functions) in groups {
        if functions.is_empty() {
            continue;
        }
        let _ = write!(help, "\n{title}\n");
        for function in functions {
            let _ = writeln!(help, "  {}", usage(function));
            let comment = first_sentence(contract.comment(function));
            if !comment.is_empty() {
                let _ = writeln!(help, "{}", wrap(comment, 6));
            }
        }
    }
    help
}

/// Breaks a text into lines, each indented.
fn wrap(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| indent + line.chars().count() + word.chars().count() >= WIDTH);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let lines = lines
        .into_iter()
        .map(|line| format!("{}{line}", " ".repeat(indent)));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Command {
        augment(Command::new("civitas"))
    }

    fn parse(line: &[&str]) -> anyhow::Result<Vec<String>> {
        let matches = root().try_get_matches_from(line)?;
        let (noun, inner) = matches.subcommand().unwrap();
        let (word, arguments) = inner.subcommand().unwrap();
        let contract = catalog().named(noun).unwrap();
        texts(contract.function(word).unwrap(), arguments)
    }

    #[test]
    fn every_command_is_well_formed_and_has_help() {
        root().debug_assert();
        assert!(is_contract("organisation"));
        for contract in &catalog().contracts {
            let help = contract_help(contract);
            for function in contract.abi.functions() {
                assert!(help.contains(&usage(function)), "{}", function.name);
            }
            assert!(is_contract(&contract.noun));
        }
        assert!(!is_contract("status"));
    }

    #[test]
    fn arguments_are_taken_by_place_and_by_name() {
        let placed = [
            "civitas",
            "organisation",
            "join",
            "City Bank",
            "Business",
            "10",
            "yes",
        ];
        let expected = ["City Bank", "Business", "10", "yes"];
        assert_eq!(parse(&placed).unwrap(), expected);
        let mixed = [
            "civitas",
            "organisation",
            "join",
            "--kind",
            "Business",
            "City Bank",
            "--voting=yes",
            "10",
            "--key",
            "dev0",
        ];
        assert_eq!(parse(&mixed).unwrap(), expected);
        let hyphenated = ["civitas", "organisation", "set-status", "City Bank", "Suspended"];
        assert_eq!(parse(&hyphenated).unwrap(), ["City Bank", "Suspended"]);
        let hyphenated = [
            "civitas",
            "control",
            "set-quota",
            "--gas-per-period",
            "7",
            "--subject",
            "dev1",
        ];
        assert_eq!(parse(&hyphenated).unwrap(), ["dev1", "7"]);
    }

    #[test]
    fn too_few_and_too_many_arguments_say_how_it_goes() {
        let few = parse(&["civitas", "organisation", "join", "City Bank"]).unwrap_err();
        let few = few.to_string();
        assert!(few.contains("the argument kind (None|Governance"), "{few}");
        assert!(few.contains("join <name> <kind> <level> <voting>"), "{few}");
        let many = parse(&["civitas", "organisation", "isActive", "a", "b"]).unwrap_err();
        assert!(many.to_string().contains("`b` is one too many"));
        assert!(parse(&["civitas", "organisation", "nothing"]).is_err());
        let lonely = ["civitas", "organisation", "isActive", "a", "--propose", "Title"];
        assert!(parse(&lonely).is_err());
    }

    #[test]
    fn heights_become_quantities() {
        assert_eq!(block("16"), "0x10");
        assert_eq!(block("latest"), "latest");
    }
}
