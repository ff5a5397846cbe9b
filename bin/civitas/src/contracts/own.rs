//! Commands that are written by hand and stand beside those that are made from a contract: what needs signatures or
//! cryptography that the ledger does not do.
//!
//! Invariant: none of them has the name of a function of its contract, so that the function keeps its command.

use crate::{attach, audit, content, identity, office};
use clap::{ArgMatches, Command};

/// The commands of one noun.
pub struct OwnCommands {
    /// The noun: that of the contract beside which they stand.
    noun: &'static str,
    /// Adds them.
    pub augment: fn(Command) -> Command,
    /// Whether a word is one of them.
    pub is_verb: fn(&str) -> bool,
    /// Runs one; the matches are those of the noun.
    pub run: fn(&ArgMatches) -> anyhow::Result<()>,
    /// Their part of the noun's help.
    pub help: &'static str,
}

/// All of them.
static OWN: &[OwnCommands] = &[
    OwnCommands {
        noun: "audit",
        augment: audit::augment,
        is_verb: audit::is_verb,
        run: audit::run,
        help: audit::HELP,
    },
    OwnCommands {
        noun: "chain",
        augment: attach::augment,
        is_verb: attach::is_verb,
        run: attach::run,
        help: attach::HELP,
    },
    OwnCommands {
        noun: "content",
        augment: content::augment,
        is_verb: content::is_verb,
        run: content::run,
        help: content::HELP,
    },
    OwnCommands {
        noun: "identity",
        augment: identity::augment,
        is_verb: identity::is_verb,
        run: identity::run,
        help: identity::HELP,
    },
    OwnCommands {
        noun: "office",
        augment: office::augment,
        is_verb: office::is_verb,
        run: office::run,
        help: office::HELP,
    },
];

/// The commands of a noun, if it has some of its own.
pub fn of(noun: &str) -> Option<&'static OwnCommands> {
    OWN.iter().find(|own| own.noun == noun)
}

#[cfg(test)]
mod tests {
    use super::{super::catalog::catalog, *};

    #[test]
    fn no_command_takes_the_name_of_a_function() {
        for own in OWN {
            let contract = catalog().named(own.noun).unwrap();
            let command = (own.augment)(Command::new(own.noun));
            for verb in command.get_subcommands() {
                assert!(own.help.contains(verb.get_name()), "{}", verb.get_name());
                for (word, hyphenated) in &contract.words {
                    assert_ne!(verb.get_name(), word);
                    assert_ne!(verb.get_name(), hyphenated);
                }
            }
        }
    }
}
