//! What the contract Cases holds of a period: from its end downwards. Numbers ascend with time, so that the end is found by halves.

use super::desk::{CASE_CALLS_MAX, Desk, PAGE};
use crate::{problem::Problem, registries::ask};
use civitas_system_contracts::{
    address::CASES,
    interfaces::ICases::{self, Action},
};
use std::collections::BTreeSet;

/// What is numbered.
#[derive(Clone, Copy)]
enum List {
    Cases,
    Commands,
    Notices,
}

impl Desk<'_> {
    /// Cases that were opened before a time, newest first; whether that is all.
    ///
    /// # Errors
    /// No node answers.
    pub(super) async fn cases_before(&self, until: u64) -> Result<(Vec<ICases::Case>, bool), Problem> {
        let count = ask(&self.main, CASES, &ICases::caseCountCall {}).await?;
        let mut end = self.last_before(List::Cases, count, until).await?;
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

    /// Commands that were ordered within a period, newest first, and whether there are more. A command that follows from one on an
    /// identity counts as ordered with that one, and may have come long after.
    ///
    /// # Errors
    /// No node answers.
    pub(super) async fn commands_within(
        &self,
        from: u64,
        until: u64,
    ) -> Result<(Vec<ICases::Command>, bool), Problem> {
        let count = ask(&self.main, CASES, &ICases::commandCountCall {}).await?;
        let top = self.last_before(List::Commands, count, until).await?;
        let mut end = top;
        let mut all = Vec::new();
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.commands_until(end).await?;
            // One that follows shows when the first was ordered: only the others tell how far the walk is.
            let is_over = entries
                .iter()
                .any(|entry| entry.parent == 0 && entry.orderedAt < from);
            end = entries.first().map_or(0, |first| first.id.saturating_sub(1));
            let is_within = |entry: &ICases::Command| (from..until).contains(&entry.orderedAt);
            all.extend(entries.into_iter().rev().filter(is_within));
            if is_over {
                end = 0;
            }
        }
        let (mut later, is_cut) = match top < count {
            true => self.following(&all, top).await?,
            false => (Vec::new(), false),
        };
        later.append(&mut all);
        Ok((later, end > 0 || is_cut))
    }

    /// What followed from these commands on identities after a number, newest first; whether there is more.
    async fn following(
        &self,
        commands: &[ICases::Command],
        top: u64,
    ) -> Result<(Vec<ICases::Command>, bool), Problem> {
        let parents = commands
            .iter()
            .filter(|entry| matches!(entry.order.action, Action::FreezeIdentity | Action::LiftIdentity));
        let parents: Vec<(u64, u64)> = parents.map(|entry| (entry.id, entry.order.caseId)).collect();
        let cases: BTreeSet<u64> = parents.iter().map(|(_, case)| *case).collect();
        let parents: BTreeSet<u64> = parents.into_iter().map(|(id, _)| id).collect();
        let mut found = Vec::new();
        let mut calls = 0;
        for case in cases {
            let mut from = 0;
            loop {
                if calls >= CASE_CALLS_MAX {
                    return Ok((found, true));
                }
                calls += 1;
                let call = ICases::commandsOfCaseCall {
                    caseId: case,
                    from,
                    count: PAGE,
                };
                let entries = ask(&self.main, CASES, &call).await?;
                let is_last = (entries.len() as u64) < PAGE;
                let follows = |entry: &ICases::Command| entry.id > top && parents.contains(&entry.parent);
                found.extend(entries.into_iter().filter(follows));
                if is_last {
                    break;
                }
                from += PAGE;
            }
        }
        found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.id));
        Ok((found, false))
    }

    /// Notices that were sent within a period, newest first, and whether there are more.
    ///
    /// # Errors
    /// No node answers.
    pub(super) async fn notices_within(
        &self,
        from: u64,
        until: u64,
    ) -> Result<(Vec<ICases::Notice>, bool), Problem> {
        let count = ask(&self.main, CASES, &ICases::noticeCountCall {}).await?;
        let mut end = self.last_before(List::Notices, count, until).await?;
        let mut all = Vec::new();
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.notices_until(end).await?;
            let is_over = entries.first().is_some_and(|first| first.at < from);
            end = entries.first().map_or(0, |first| first.id.saturating_sub(1));
            let is_within = |entry: &ICases::Notice| (from..until).contains(&entry.at);
            all.extend(entries.into_iter().rev().filter(is_within));
            if is_over {
                end = 0;
            }
        }
        Ok((all, end > 0))
    }

    /// The newest number before a time, 0 if there is none: each call leaves half of what was left.
    async fn last_before(&self, list: List, count: u64, until: u64) -> Result<u64, Problem> {
        if count == 0 || self.time_of(list, count).await? < until {
            return Ok(count);
        }
        let (mut low, mut high) = (0, count - 1);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            match self.time_of(list, middle).await? < until {
                true => low = middle,
                false => high = middle - 1,
            }
        }
        Ok(low)
    }

    /// When a number was given, in seconds since 1970: that of a command which follows from another, when the newest before it that
    /// does not was.
    async fn time_of(&self, list: List, id: u64) -> Result<u64, Problem> {
        match list {
            List::Cases => {
                let case = ask(&self.main, CASES, &ICases::caseOfCall { id }).await?;
                return Ok(case.openedAt);
            }
            List::Notices => {
                let notices = self.notices_until(id).await?;
                return Ok(notices.last().map_or(0, |notice| notice.at));
            }
            List::Commands => {}
        }
        let mut end = id;
        for _ in 0..CASE_CALLS_MAX {
            if end == 0 {
                break;
            }
            let entries = self.commands_until(end).await?;
            if let Some(own) = entries.iter().rev().find(|entry| entry.parent == 0) {
                return Ok(own.orderedAt);
            }
            end = entries.first().map_or(0, |first| first.id.saturating_sub(1));
        }
        Ok(0)
    }
}
