//! Reads the contract Cases: pages of cases, commands and notices, newest first, with bounds on how far one page looks.

use super::{
    kept::{Executions, Known},
    view,
};
use crate::{
    api::{
        cases::{CaseChain, CaseCommand, CaseFilter, CaseNotice, CaseSummary, CommandState},
        page::Page,
    },
    lists::{self, Place},
    problem::{Kind, Problem},
    registries::ask,
    state::Console,
    time::now,
};
use alloy_primitives::{B256, keccak256};
use civitas_sdk::Node;
use civitas_system_contracts::{address::CASES, interfaces::ICases};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Entries of one call, the most that the contract gives.
pub const PAGE: u64 = 50;
/// Calls for one page of a list, when only some entries are wanted.
const CALLS_MAX: usize = 20;
/// Calls for all of one case: evidence, commands, notices.
pub(super) const CASE_CALLS_MAX: u64 = 40;
/// A look at the contract.
pub struct Desk<'a> {
    /// The console.
    pub console: &'a Console,
    /// A node of the main ledger.
    pub main: Node,
    /// CAIP-2 of the main ledger.
    pub here: String,
}

/// Which commands are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct WantedCommands {
    /// In this state.
    pub state: Option<CommandState>,
    /// Of this chain.
    pub chain: Option<B256>,
    /// Of this case.
    pub case: Option<u64>,
}

/// A case as the contract has it.
pub struct Whole {
    /// The case.
    pub case: ICases::Case,
    /// Evidence, the oldest first.
    pub evidence: Vec<ICases::Evidence>,
    /// Commands, the oldest first.
    pub commands: Vec<ICases::Command>,
    /// Notices, the oldest first.
    pub notices: Vec<ICases::Notice>,
    /// Whether there is more.
    pub is_cut: bool,
}

impl<'a> Desk<'a> {
    /// Of a console.
    ///
    /// # Errors
    /// No node answers.
    pub async fn open(console: &'a Console) -> Result<Self, Problem> {
        let main = console.main().await?;
        let here = console.desk.here(&main).await?;
        Ok(Self { console, main, here })
    }

    /// Cases, newest first. The place is the number of the first.
    ///
    /// # Errors
    /// No node answers.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        place: Place,
        limit: u32,
    ) -> Result<Page<CaseSummary>, Problem> {
        let count = ask(&self.main, CASES, &ICases::caseCountCall {}).await?;
        let mut end = lists::downwards(count, place);
        let mut items = Vec::new();
        for _ in 0..CALLS_MAX {
            if end == 0 || items.len() >= limit as usize {
                break;
            }
            for entry in self.cases_from(count, end).await? {
                if items.len() >= limit as usize {
                    break;
                }
                end = entry.id.saturating_sub(1);
                if view::fits(filter, &entry) {
                    items.push(view::case(&entry));
                }
            }
        }
        let next = (end > 0).then(|| Place::cursor(end));
        Ok(Page { items, next })
    }

    /// A page of the cases from a number downwards: never empty.
    pub(super) async fn cases_from(&self, count: u64, end: u64) -> Result<Vec<ICases::Case>, Problem> {
        let call = ICases::casesCall {
            from: count.saturating_sub(end),
            count: PAGE.min(end),
        };
        let entries = ask(&self.main, CASES, &call).await?;
        some(entries, "cases")
    }

    /// One case with all that belongs to it.
    ///
    /// # Errors
    /// There is none, or no node answers.
    pub async fn whole(&self, id: u64) -> Result<Whole, Problem> {
        let case = ask(&self.main, CASES, &ICases::caseOfCall { id }).await?;
        let mut evidence = Vec::new();
        let mut commands = Vec::new();
        for page in 0..CASE_CALLS_MAX {
            let call = ICases::evidenceCall {
                caseId: id,
                from: page * PAGE,
                count: PAGE,
            };
            let entries = ask(&self.main, CASES, &call).await?;
            let is_last = (entries.len() as u64) < PAGE;
            evidence.extend(entries);
            if is_last {
                break;
            }
        }
        for page in 0..CASE_CALLS_MAX {
            let call = ICases::commandsOfCaseCall {
                caseId: id,
                from: page * PAGE,
                count: PAGE,
            };
            let entries = ask(&self.main, CASES, &call).await?;
            let is_last = (entries.len() as u64) < PAGE;
            commands.extend(entries);
            if is_last {
                break;
            }
        }
        let notices = self.notices_of(&case).await?;
        let is_cut = case.evidenceCount > evidence.len() as u64
            || case.commandCount > commands.len() as u64
            || case.noticeCount > notices.len() as u64;
        Ok(Whole {
            case,
            evidence,
            commands,
            notices,
            is_cut,
        })
    }

    /// The notices of a case, the oldest first: the contract lists them for all cases, so that the newest are looked through.
    async fn notices_of(&self, case: &ICases::Case) -> Result<Vec<ICases::Notice>, Problem> {
        let mut found = Vec::new();
        let mut end = match case.noticeCount {
            0 => 0,
            _ => ask(&self.main, CASES, &ICases::noticeCountCall {}).await?,
        };
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 || found.len() as u64 >= case.noticeCount {
                break;
            }
            let entries = self.notices_until(end).await?;
            end = entries.first().map_or(0, |first| first.id.saturating_sub(1));
            found.extend(
                entries
                    .into_iter()
                    .rev()
                    .filter(|notice| notice.caseId == case.id),
            );
        }
        found.reverse();
        Ok(found)
    }

    /// A page of commands that ends with a number; the oldest first, never empty.
    pub(super) async fn commands_until(&self, end: u64) -> Result<Vec<ICases::Command>, Problem> {
        let from = end.saturating_sub(PAGE).saturating_add(1);
        let call = ICases::commandsCall {
            from,
            count: end.saturating_sub(from).saturating_add(1),
        };
        some(ask(&self.main, CASES, &call).await?, "commands")
    }

    /// A page of notices that ends with a number; the oldest first, never empty.
    pub(super) async fn notices_until(&self, end: u64) -> Result<Vec<ICases::Notice>, Problem> {
        let from = end.saturating_sub(PAGE).saturating_add(1);
        let call = ICases::noticesCall {
            from,
            count: end.saturating_sub(from).saturating_add(1),
        };
        some(ask(&self.main, CASES, &call).await?, "notices")
    }

    /// Commands, newest first. The place is the number of the first.
    ///
    /// # Errors
    /// No node answers.
    pub async fn commands(
        &self,
        wanted: WantedCommands,
        place: Place,
        limit: u32,
    ) -> Result<Page<CaseCommand>, Problem> {
        let count = ask(&self.main, CASES, &ICases::commandCountCall {}).await?;
        let mut end = lists::downwards(count, place);
        let mut found = Vec::new();
        for _ in 0..CALLS_MAX {
            if end == 0 || found.len() >= limit as usize {
                break;
            }
            for entry in self.commands_until(end).await?.into_iter().rev() {
                if found.len() >= limit as usize {
                    break;
                }
                end = entry.id.saturating_sub(1);
                let fits = wanted.state.is_none_or(|state| view::state(&entry) == state)
                    && wanted.chain.is_none_or(|chain| entry.order.chain == chain)
                    && wanted.case.is_none_or(|case| entry.order.caseId == case);
                if fits {
                    found.push(entry);
                }
            }
        }
        let items = self.shown(&found).await?;
        let next = (end > 0).then(|| Place::cursor(end));
        Ok(Page { items, next })
    }

    /// Notices, newest first, of those that `fits` wants. The place is the number of the first.
    ///
    /// # Errors
    /// No node answers, or the database does not.
    pub async fn notices(
        &self,
        fits: impl Fn(&ICases::Notice) -> bool,
        place: Place,
        limit: u32,
    ) -> Result<Page<CaseNotice>, Problem> {
        let count = ask(&self.main, CASES, &ICases::noticeCountCall {}).await?;
        let mut end = lists::downwards(count, place);
        let mut found = Vec::new();
        for _ in 0..CALLS_MAX {
            if end == 0 || found.len() >= limit as usize {
                break;
            }
            for entry in self.notices_until(end).await?.into_iter().rev() {
                if found.len() >= limit as usize {
                    break;
                }
                end = entry.id.saturating_sub(1);
                if fits(&entry) {
                    found.push(entry);
                }
            }
        }
        let items = self.noticed(&found).await?;
        let next = (end > 0).then(|| Place::cursor(end));
        Ok(Page { items, next })
    }

    /// Notices with their texts, where those are here.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn noticed(&self, entries: &[ICases::Notice]) -> Result<Vec<CaseNotice>, Problem> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let registry = self.console.registries.known().await;
        let mut items = Vec::new();
        for entry in entries {
            // A short notice is all in its subject.
            let text = match keccak256(&entry.subject) == entry.textHash {
                true => Some(entry.subject.clone()),
                false => self.console.supervision.store.text(entry.textHash).await?,
            };
            items.push(view::notice(&registry, entry, text, now()));
        }
        Ok(items)
    }

    /// Commands, with what the index saw of them on their chains: each chain is asked for once.
    ///
    /// # Errors
    /// No node answers.
    pub async fn shown(&self, entries: &[ICases::Command]) -> Result<Vec<CaseCommand>, Problem> {
        let ids: BTreeSet<B256> = entries.iter().map(|entry| entry.order.chain).collect();
        let ids: Vec<B256> = ids.into_iter().collect();
        let mut chains = BTreeMap::new();
        for part in ids.chunks(lists::CALLS_AT_ONCE) {
            let looks: Vec<_> = part.iter().map(|id| self.seen(*id, entries)).collect();
            let seen = futures::future::try_join_all(looks).await?;
            chains.extend(part.iter().copied().zip(seen));
        }
        let items = entries.iter().filter_map(|entry| {
            let (chain, executions) = chains.get(&entry.order.chain)?;
            let executed = executions
                .as_ref()
                .filter(|_| is_for_hook(entry))
                .and_then(|executions| executions.get(&entry.id).cloned());
            Some(view::command(entry, chain.shown.clone(), executed))
        });
        Ok(items.collect())
    }

    /// A chain, and what its hook carried out since the first of these commands was approved.
    async fn seen(
        &self,
        id: B256,
        entries: &[ICases::Command],
    ) -> Result<(Known, Option<Arc<Executions>>), Problem> {
        let desk = &self.console.desk;
        let known = desk.chain(&self.main, &self.here, id).await?;
        let own = entries
            .iter()
            .filter(|entry| entry.order.chain == id && is_for_hook(entry));
        let executions = match (known.hook, own.map(|entry| entry.approvedAt).min()) {
            (Some(hook), Some(since)) => Some(
                desk.executed(&self.console.index, &known.shown.caip2, hook, since)
                    .await,
            ),
            _ => None,
        };
        Ok((known, executions))
    }

    /// A chain as cases show it.
    ///
    /// # Errors
    /// No node answers.
    pub async fn chain(&self, id: B256) -> Result<CaseChain, Problem> {
        let known = self.console.desk.chain(&self.main, &self.here, id).await?;
        Ok(known.shown)
    }
}

/// Whether a hook has carried a command out, or is to.
fn is_for_hook(entry: &ICases::Command) -> bool {
    entry.order.level == ICases::Level::Hook && entry.approvedAt > 0
}

/// An answer, or none where the contract itself refuses. A node that refuses because it is busy or too slow has said nothing
/// about the ledger: that stays a failure, as all else does.
pub fn answered<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    let is_of_contract = |problem: &Problem| match problem.kind() {
        Kind::NOT_FOUND => true,
        Kind::NODE_REFUSED => problem.has("error"),
        _ => false,
    };
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if is_of_contract(&problem) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// A page that has to have something in it: without this check a node that answers nonsense could be asked without end.
fn some<T>(entries: Vec<T>, what: &str) -> Result<Vec<T>, Problem> {
    if entries.is_empty() {
        return Err(Problem::new(Kind::NODE_REFUSED).with_detail(format!("the node gave no {what}")));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_contract_says_that_there_is_none() {
        let refused = Problem::new(Kind::NODE_REFUSED);
        let of_contract = refused.clone().with("error", "ChainUnknown");
        assert!(matches!(answered::<()>(Err(of_contract)), Ok(None)));
        assert!(matches!(
            answered::<()>(Err(Problem::not_found("chain", "x"))),
            Ok(None)
        ));
        for code in [-32_005, -32_000] {
            let busy = refused.clone().with("code", code);
            assert!(answered::<()>(Err(busy)).is_err(), "{code}");
        }
    }
}
