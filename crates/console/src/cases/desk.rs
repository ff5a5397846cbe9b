//! Reads the contract Cases: pages of cases, commands and notices, newest first, with bounds on how far one page looks.

use super::view;
use crate::{
    api::{
        cases::{
            CaseChain, CaseCommand, CaseFilter, CaseNotice, CaseSummary, CommandExecution, CommandState,
        },
        page::Page,
    },
    ledgers::MAIN,
    lists::{self, Place},
    problem::{Kind, Problem},
    registries::{Registry, ask},
    state::Console,
    time::{iso, now},
};
use alloy_primitives::{Address, B256, U256, b256, keccak256};
use civitas_indexer::read;
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{ANCHORS, CASES, CHAINS},
    interfaces::{
        IAnchors, ICases,
        IChains::{self, RootKind},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// Entries of one call, the most that the contract gives.
pub const PAGE: u64 = 50;
/// Calls for one page of a list, when only some entries are wanted.
const CALLS_MAX: usize = 20;
/// Calls for all of one case: evidence, commands, notices.
const CASE_CALLS_MAX: u64 = 40;
/// `Executed(uint64,uint8,address)` of the supervision hook.
const EXECUTED: B256 = b256!("a86bb7ab0cb5c881b891af6afb612522fb178acc6e340a44ba06a8e25869f2de");

/// A look at the contract: chains that were asked for are asked for once.
pub struct Desk<'a> {
    /// The console.
    pub console: &'a Console,
    /// A node of the main ledger.
    pub main: Node,
    /// Names.
    pub registry: Arc<Registry>,
    /// CAIP-2 of the main ledger.
    pub here: String,
    chains: BTreeMap<B256, Known>,
}

#[derive(Clone)]
struct Known {
    shown: CaseChain,
    hook: Option<Address>,
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
        let here = format!("eip155:{}", main.chain_id().await?);
        Ok(Self {
            console,
            registry: console.registries.known().await,
            main,
            here,
            chains: BTreeMap::new(),
        })
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
    async fn cases_from(&self, count: u64, end: u64) -> Result<Vec<ICases::Case>, Problem> {
        let call = ICases::casesCall {
            from: count.saturating_sub(end),
            count: PAGE.min(end),
        };
        let entries = ask(&self.main, CASES, &call).await?;
        some(entries, "cases")
    }

    /// All cases that were opened since a time, newest first, and how many were closed since then; whether that is all.
    ///
    /// # Errors
    /// No node answers.
    pub async fn all_cases(&self) -> Result<(Vec<ICases::Case>, bool), Problem> {
        let count = ask(&self.main, CASES, &ICases::caseCountCall {}).await?;
        let mut end = count;
        let mut all = Vec::new();
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.cases_from(count, end).await?;
            end = entries.last().map_or(0, |entry| entry.id.saturating_sub(1));
            all.extend(entries);
        }
        Ok((all, end > 0))
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
    async fn commands_until(&self, end: u64) -> Result<Vec<ICases::Command>, Problem> {
        let from = end.saturating_sub(PAGE).saturating_add(1);
        let call = ICases::commandsCall {
            from,
            count: end.saturating_sub(from).saturating_add(1),
        };
        some(ask(&self.main, CASES, &call).await?, "commands")
    }

    /// A page of notices that ends with a number; the oldest first, never empty.
    async fn notices_until(&self, end: u64) -> Result<Vec<ICases::Notice>, Problem> {
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
        &mut self,
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
        let mut items = Vec::new();
        for entry in &found {
            items.push(self.command(entry).await?);
        }
        let next = (end > 0).then(|| Place::cursor(end));
        Ok(Page { items, next })
    }

    /// Commands that were ordered since a time, newest first; whether that is all.
    ///
    /// # Errors
    /// No node answers.
    pub async fn commands_since(&self, time: u64) -> Result<(Vec<ICases::Command>, bool), Problem> {
        let mut end = ask(&self.main, CASES, &ICases::commandCountCall {}).await?;
        let mut all = Vec::new();
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.commands_until(end).await?;
            let first = entries.first();
            let is_over = first.is_some_and(|first| first.orderedAt < time);
            end = first.map_or(0, |first| first.id.saturating_sub(1));
            all.extend(entries.into_iter().rev().filter(|entry| entry.orderedAt >= time));
            if is_over {
                return Ok((all, false));
            }
        }
        Ok((all, end > 0))
    }

    /// Notices that were sent since a time, newest first; whether that is all.
    ///
    /// # Errors
    /// No node answers.
    pub async fn notices_since(&self, time: u64) -> Result<(Vec<ICases::Notice>, bool), Problem> {
        let mut end = ask(&self.main, CASES, &ICases::noticeCountCall {}).await?;
        let mut all = Vec::new();
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.notices_until(end).await?;
            let first = entries.first();
            let is_over = first.is_some_and(|first| first.at < time);
            end = first.map_or(0, |first| first.id.saturating_sub(1));
            all.extend(entries.into_iter().rev().filter(|entry| entry.at >= time));
            if is_over {
                return Ok((all, false));
            }
        }
        Ok((all, end > 0))
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
        let mut items = Vec::new();
        for _ in 0..CALLS_MAX {
            if end == 0 || items.len() >= limit as usize {
                break;
            }
            for entry in self.notices_until(end).await?.into_iter().rev() {
                if items.len() >= limit as usize {
                    break;
                }
                end = entry.id.saturating_sub(1);
                if fits(&entry) {
                    items.push(self.notice(&entry).await?);
                }
            }
        }
        let next = (end > 0).then(|| Place::cursor(end));
        Ok(Page { items, next })
    }

    /// A notice with its text, if that is here.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn notice(&self, entry: &ICases::Notice) -> Result<CaseNotice, Problem> {
        // A short notice is all in its subject.
        let text = match keccak256(&entry.subject) == entry.textHash {
            true => Some(entry.subject.clone()),
            false => self.console.supervision.store.text(entry.textHash).await?,
        };
        Ok(view::notice(&self.registry, entry, text, now()))
    }

    /// A command, with what the index saw of it on its chain.
    ///
    /// # Errors
    /// No node answers.
    pub async fn command(&mut self, entry: &ICases::Command) -> Result<CaseCommand, Problem> {
        let known = self.known(entry.order.chain).await?;
        let executed = match (entry.order.level, known.hook) {
            (ICases::Level::Hook, Some(hook)) if entry.approvedAt > 0 => {
                self.executed(&known.shown.caip2, hook, entry.id).await
            }
            _ => None,
        };
        Ok(view::command(entry, known.shown, executed))
    }

    /// Where the hook of a chain carried a command out; none while the index has not seen it.
    async fn executed(&self, caip2: &str, hook: Address, id: u64) -> Option<CommandExecution> {
        let filter = read::EventFilter {
            contract: Some(hook),
            topic: Some(EXECUTED),
            subject: Some(U256::from(id).into()),
        };
        let page = read::PageRequest::default();
        let found = self.console.index.events(caip2, &filter, &page).await.ok()?;
        let event = found.items.into_iter().next()?;
        Some(CommandExecution {
            ledger: caip2.to_owned(),
            block: event.block,
            transaction: event.transaction.to_string(),
            at: iso(event.time),
        })
    }

    /// A chain as cases show it.
    ///
    /// # Errors
    /// No node answers.
    pub async fn chain(&mut self, id: B256) -> Result<CaseChain, Problem> {
        Ok(self.known(id).await?.shown)
    }

    async fn known(&mut self, id: B256) -> Result<Known, Problem> {
        if let Some(known) = self.chains.get(&id) {
            return Ok(known.clone());
        }
        let known = self.look(id).await?;
        self.chains.insert(id, known.clone());
        Ok(known)
    }

    async fn look(&self, id: B256) -> Result<Known, Problem> {
        let mut shown = CaseChain {
            id: id.to_string(),
            caip2: self.here.clone(),
            name: MAIN.to_owned(),
            is_main: id.is_zero(),
            has_hook: false,
            threshold: 0,
        };
        if shown.is_main {
            return Ok(Known { shown, hook: None });
        }
        let Some(entry) = answered(ask(&self.main, CHAINS, &IChains::chainCall { id }).await)? else {
            shown.name = id.to_string();
            shown.caip2.clear();
            return Ok(Known { shown, hook: None });
        };
        shown.caip2 = entry.info.caip2;
        shown.name = entry.info.name;
        let roots = IChains::trustRootsCall {
            id,
            kind: RootKind::Contract,
            from: 0,
            count: PAGE,
        };
        let roots = answered(ask(&self.main, CHAINS, &roots).await)?.unwrap_or_default();
        let following = answered(ask(&self.main, ANCHORS, &IAnchors::followingCall { id }).await)?;
        // The address of the hook is the first word of the newest root.
        let newest = roots.iter().max_by_key(|root| (root.validFromHeight, root.at));
        let hook = newest
            .and_then(|root| root.root.get(12..32))
            .map(Address::from_slice);
        shown.has_hook = hook.is_some() && following.is_some();
        shown.threshold = following.map_or(0, |following| following.terms.threshold);
        Ok(Known { shown, hook })
    }
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
        assert!(matches!(answered::<()>(Err(Problem::not_found("chain", "x"))), Ok(None)));
        for code in [-32_005, -32_000] {
            let busy = refused.clone().with("code", code);
            assert!(answered::<()>(Err(busy)).is_err(), "{code}");
        }
    }
}
