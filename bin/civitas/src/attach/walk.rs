//! The steps of an attachment, one after the other, by whose key is there.

use super::{
    AttachArgs, NamedGateway,
    inspection::{self, Inspection, words},
    ledger::{Ledger, State},
    look, refuse_failed,
    settings::{Settings, write_private},
};
use crate::{
    account::{self, Account},
    contracts::{
        fault::{Failure, Refusal},
        send::Outcome,
        show::now,
    },
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use anyhow::Context;
use civitas_ports::FinalityClass;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS, HEADERS},
    anchors::{Finality, Gateway, Terms},
    chains::{self, Chain, ChainInfo, RootKind, Status},
    headers::{Client, Engine, Evidence},
    interfaces::{
        IAnchors::followCall,
        IChains,
        IHeaders::{clientCall, openCall},
    },
    organisations,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Who does a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Operator,
    Reviewer,
}

/// The keys that were given.
struct Keys {
    operator: Option<Account>,
    reviewer: Option<Account>,
    gateway: Option<Account>,
}

/// An attachment on its way.
struct Walk {
    args: AttachArgs,
    ledger: Ledger,
    keys: Keys,
    inspection: Inspection,
    id: B256,
    /// Step by step: what was done, was done before, or is next.
    told: Vec<Value>,
}

/// Inspects a chain and does every step whose key is there. Gives the settings of its gateway, once the chain is followed
/// and the gateway's key is there.
pub(super) async fn attach(args: AttachArgs) -> anyhow::Result<Option<PathBuf>> {
    let keys = Keys {
        operator: args.key.as_deref().map(account::from_argument).transpose()?,
        reviewer: args
            .reviewer_key
            .as_deref()
            .map(account::from_argument)
            .transpose()?,
        gateway: args
            .gateway_key
            .as_deref()
            .or(args.key.as_deref())
            .map(account::from_argument)
            .transpose()?,
    };
    let connection = args.node.connect().await?;
    let inspection = look(&args.candidate, &connection).await?;
    if !args.json {
        inspection.report.print()?;
    }
    refuse_failed(&inspection.report)?;
    let mut walk = Walk {
        ledger: Ledger::new(connection, args.wait).await,
        id: chains::id_of(&inspection.report.chain),
        keys,
        inspection,
        args,
        told: Vec::new(),
    };
    let settings = walk.go().await;
    if walk.args.json {
        let report = &walk.inspection.report;
        let told = json!({
            "report": report,
            "hash": report.hash()?,
            "steps": walk.told,
            "settings": settings.as_ref().ok().and_then(Option::as_ref),
            "refused": settings.as_ref().err().map(|error| format!("{error:#}")),
        });
        println!("{}", serde_json::to_string_pretty(&told)?);
    }
    settings
}

impl Walk {
    async fn go(&mut self) -> anyhow::Result<Option<PathBuf>> {
        let mut state = self.ledger.state(self.id).await?;
        if state.chain.is_none() {
            let info = self.info()?;
            let call = IChains::registerCall { info };
            if !self.step("register", Part::Operator, CHAINS, &call).await? {
                return Ok(None);
            }
            state = self.ledger.state(self.id).await?;
        } else {
            self.before("register");
        }
        let chain = state
            .chain
            .clone()
            .context("the registration is not on the ledger")?;
        self.check_owner(&chain).await?;
        let Some(root) = self.trust_root(&state, &chain).await? else {
            return Ok(None);
        };
        if !self.review(&chain).await? || !self.follow(&state, &chain, root).await? {
            return Ok(None);
        }
        self.headers(root).await?;
        self.settings()
    }

    /// What is registered.
    fn info(&self) -> anyhow::Result<ChainInfo> {
        let said = &self.args.registration;
        let missing = |what: &str| {
            Failure::usage(format!(
                "{} is not registered yet: say {what} (and --name, --operator, --purpose, --contact)",
                self.inspection.report.chain
            ))
        };
        let operator = said.operator.clone().ok_or_else(|| missing("--operator"))?;
        let report = &self.inspection.report;
        Ok(ChainInfo {
            caip2: report.chain.clone(),
            name: said.name.clone().ok_or_else(|| missing("--name"))?,
            kind: self.inspection.kind,
            purpose: said.purpose.clone().ok_or_else(|| missing("--purpose"))?,
            operator: organisation(&operator),
            company: said.company.clone().unwrap_or(operator),
            contact: said.contact.clone().ok_or_else(|| missing("--contact"))?,
            grade: said.grade,
            consensus: report.consensus.clone(),
            endpoint: report.url.clone(),
            documents: said.documents.map_or_else(|| report.hash(), Ok)?,
        })
    }

    /// Refuses to go on with a chain that another one registered.
    async fn check_owner(&self, chain: &Chain) -> anyhow::Result<()> {
        let name = self.ledger.name_of(chain.info.operator);
        let refuse = |why: String| {
            let refusal = Refusal::told(&format!("access of {}", chain.info.caip2), &why);
            Err(Failure::from(refusal).into())
        };
        if let Some(operator) = &self.args.registration.operator
            && organisation(operator) != chain.info.operator
        {
            return refuse(format!(
                "it is registered already, by {name} and not by {operator}"
            ));
        }
        if let Some(account) = &self.keys.operator
            && account.address != chain.registrant
            && !self
                .ledger
                .represents(account.address, chain.info.operator)
                .await?
        {
            let address = account.address;
            return refuse(format!(
                "it is registered already, by {name}, for which {address} does not act"
            ));
        }
        Ok(())
    }

    /// The height from which the chain is followed; none while nobody who may has said it.
    async fn trust_root(&mut self, state: &State, chain: &Chain) -> anyhow::Result<Option<u64>> {
        // Of a chain that is followed, the root is that from which it is.
        let start = state.following.as_ref().map(|following| following.startHeight);
        let known = state.roots.iter().rev();
        let mut known = known.filter(|root| start.is_none_or(|start| root.validFromHeight == start));
        if let Some(root) = known.next() {
            let height = root.validFromHeight;
            let found = inspection::root(&*self.inspection.driver, height).await?;
            if found.hash.as_slice() != root.root.as_ref() {
                let why = format!(
                    "its block {height} is {}, and the trust root on the ledger is {}: what answers at {} is another chain",
                    found.hash, root.root, self.inspection.report.url
                );
                let refusal = Refusal::told(&format!("access of {}", chain.info.caip2), &why);
                return Err(Failure::from(refusal).into());
            }
            self.before("trust root");
            return Ok(Some(height));
        }
        let root = self.inspection.report.trust_root;
        let root = root.context("the inspection found no block to begin with")?;
        let call = IChains::addTrustRootCall {
            id: self.id,
            kind: RootKind::BlockHash,
            root: Bytes::copy_from_slice(root.hash.as_slice()),
            validFromHeight: root.height,
        };
        let done = self.step("trust root", Part::Operator, CHAINS, &call).await?;
        Ok(done.then_some(root.height))
    }

    /// Review and decision. The evidence is the report of this inspection, kept beside the settings.
    async fn review(&mut self, chain: &Chain) -> anyhow::Result<bool> {
        let id = self.id;
        match chain.status {
            Status::Active => {
                self.before("review");
                return Ok(true);
            }
            Status::Registered => {
                let call = IChains::startReviewCall { id };
                if !self.step("review", Part::Reviewer, CHAINS, &call).await? {
                    return Ok(false);
                }
            }
            Status::UnderReview => self.before("review"),
            status => {
                let words = match status {
                    Status::Rejected => "it was rejected: the operator can appeal (civitas chain appeal)",
                    Status::Frozen => "it is frozen: a regulator ends that (civitas chain unfreeze)",
                    _ => "it is cancelled for ever",
                };
                let refusal = Refusal::told(&format!("access of {}", chain.info.caip2), words);
                return Err(Failure::from(refusal).into());
            }
        }
        let report = &self.inspection.report;
        let (evidence, text) = (report.hash()?, String::from_utf8(report.encode()?)?);
        if self.keys.reviewer.is_some() && !self.args.dry_run {
            std::fs::create_dir_all(&self.args.out)
                .with_context(|| format!("cannot make the folder {}", self.args.out.display()))?;
            let path = self.args.out.join(format!("inspection-{evidence}.json"));
            write_private(&path, &text)?;
        }
        let decide = IChains::decideCall {
            id,
            approve: true,
            evidence,
            reason: "the inspection found nothing against it".to_owned(),
        };
        self.step("decision", Part::Reviewer, CHAINS, &decide).await
    }

    async fn follow(&mut self, state: &State, chain: &Chain, root: u64) -> anyhow::Result<bool> {
        if state.following.is_some() {
            self.before("follow");
            return Ok(true);
        }
        let gateways = self.gateways(chain)?;
        let majority = gateways.len() / 2 + 1;
        let (finality, depth) = match self.inspection.finality {
            FinalityClass::Instant => (Finality::Instant, 0),
            FinalityClass::Finalized => (Finality::Finalized, 0),
            FinalityClass::Depth(depth) => (Finality::Depth, depth),
        };
        let terms = Terms {
            finality,
            depth,
            batchBlocks: self.args.batch_blocks,
            threshold: match self.args.threshold {
                Some(threshold) => threshold,
                None => u8::try_from(majority).context("a chain has at most 16 gateways")?,
            },
            gateways,
        };
        let call = followCall {
            id: self.id,
            startHeight: root,
            terms,
        };
        self.step("follow", Part::Reviewer, ANCHORS, &call).await
    }

    /// The client by which the ledger verifies the chain's headers itself, where their signatures allow that and the trust root is
    /// young enough to vouch. Without it the chain is supervised all the same, by what gateways attest.
    async fn headers(&mut self, root: u64) -> anyhow::Result<()> {
        let Some(engine) = self.inspection.engine else {
            return Ok(());
        };
        let id = self.id;
        let client: Client = self.ledger.connection.typed(HEADERS, &clientCall { id }).await?;
        if client.engine != Engine::None {
            self.before("headers");
            return Ok(());
        }
        let driver = &*self.inspection.driver;
        let first = driver.headers(root, 1).await?.into_iter().next();
        let first = first.context("the chain gave no header")?;
        let seconds = self.args.trusting.as_secs();
        if first.timestamp.saturating_add(seconds) < now() {
            self.tell("headers", "next", json!({
                "by": "the city, by vote, since its trust root is too old to vouch for what follows (docs/operator/headers.md)",
                "command": format!("civitas chain addTrustRoot {} BlockHash HASH HEIGHT --propose TITLE", self.inspection.report.chain),
            }));
            return Ok(());
        }
        let header = match engine {
            Engine::CometBft => driver.consensus_state(root).await?.evidence,
            _ => first.raw,
        };
        let call = openCall {
            id,
            engine,
            trustingSeconds: seconds,
            root: Evidence {
                header,
                trustedValidators: Bytes::new(),
            },
        };
        if let Err(error) = self.step("headers", Part::Reviewer, HEADERS, &call).await {
            self.tell("headers", "skipped", json!({ "why": format!("{error:#}") }));
        }
        Ok(())
    }

    /// The gateways of the terms: those that were named, else the own one, for which the operator answers.
    fn gateways(&self, chain: &Chain) -> anyhow::Result<Vec<Gateway>> {
        if !self.args.gateways.is_empty() {
            let named = self.args.gateways.iter().map(|gateway| Gateway {
                account: gateway.account,
                organisation: organisation(&gateway.organisation),
            });
            return Ok(named.collect());
        }
        let own = self.keys.gateway.as_ref().ok_or_else(|| {
            Failure::usage("who follows the chain? give --gateway ADDRESS=ORGANISATION, or --gateway-key KEY")
        })?;
        Ok(vec![Gateway {
            account: own.address,
            organisation: chain.info.operator,
        }])
    }

    /// The settings of the own gateway, if its key is there.
    fn settings(&mut self) -> anyhow::Result<Option<PathBuf>> {
        let key = self.args.gateway_key.as_deref().or(self.args.key.as_deref());
        let Some(key) = key.map(str::to_owned) else {
            let command = format!("{} --gateway-key KEY", self.command());
            self.tell(
                "gateway",
                "next",
                json!({ "by": "who runs a gateway", "command": command }),
            );
            return Ok(None);
        };
        if self.args.dry_run {
            self.tell(
                "gateway",
                "next",
                json!({ "by": "this command, without --dry-run" }),
            );
            return Ok(None);
        }
        let settings = Settings {
            folder: &self.args.out,
            ledger: &self.ledger.connection.url,
            key: &key,
            listen: self.args.listen,
            chain: &self.inspection.report.chain,
            url: &self.args.candidate.url,
        };
        let path = settings.write()?;
        let command = format!("civitas gateway --config {}", path.display());
        self.tell(
            "gateway",
            "ready",
            json!({ "settings": path, "command": command }),
        );
        Ok(Some(path))
    }

    /// Does a step, or says who does it and how; whether it is done.
    async fn step<C: SolCall>(
        &mut self,
        step: &str,
        part: Part,
        to: Address,
        call: &C,
    ) -> anyhow::Result<bool> {
        let account = match part {
            Part::Operator => self.keys.operator.clone(),
            Part::Reviewer => self.keys.reviewer.clone(),
        };
        let Some(account) = account.filter(|_| !self.args.dry_run) else {
            let by = match part {
                Part::Operator => "the operator of the chain",
                Part::Reviewer => "a chain reviewer who has no part in the chain",
            };
            let command = match part {
                Part::Operator => format!("{} --key KEY", self.command()),
                Part::Reviewer => format!("{} --reviewer-key KEY", self.command()),
            };
            self.tell(step, "next", json!({ "by": by, "command": command }));
            return Ok(false);
        };
        let outcome = self.ledger.send(&account, to, call).await;
        let Outcome { hash, .. } = outcome.with_context(|| format!("the step \"{step}\" was not done"))?;
        self.tell(
            step,
            "done",
            json!({ "by": account.address, "transaction": hash }),
        );
        Ok(true)
    }

    fn before(&mut self, step: &str) {
        self.tell(step, "before", json!({}));
    }

    fn tell(&mut self, step: &str, state: &str, details: Value) {
        if !self.args.json {
            let detail = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
            match state {
                "done" => println!(
                    "  done  {step:<14} by {} in {}",
                    detail("by"),
                    detail("transaction")
                ),
                "before" => println!("  done  {step:<14} before"),
                "skipped" => println!("  skip  {step:<14} {}", detail("why")),
                "ready" => println!(
                    "  done  {step:<14} {}\nstart it with\n  {}",
                    detail("settings"),
                    detail("command")
                ),
                _ => println!("  next  {step:<14} {}:\n  {}", detail("by"), detail("command")),
            }
        }
        let mut told = json!({ "step": step, "state": state });
        if let (Some(told), Some(details)) = (told.as_object_mut(), details.as_object()) {
            told.extend(details.clone());
        }
        self.told.push(told);
    }

    /// This command for the next person: the same chain, block and terms, without the keys.
    fn command(&self) -> String {
        let (args, report) = (&self.args, &self.inspection.report);
        let mut words = vec![
            "civitas chain attach".to_owned(),
            quoted(&report.url),
            format!("--rpc {}", quoted(&self.ledger.connection.url)),
            format!("--finality {}", words(self.inspection.finality)),
            format!("--batch-blocks {}", args.batch_blocks),
            format!("--trusting {}s", args.trusting.as_secs()),
        ];
        if let Some(root) = report.trust_root {
            words.push(format!("--trust-root {}", root.height));
        }
        if let Some(threshold) = args.threshold {
            words.push(format!("--threshold {threshold}"));
        }
        let said = &args.registration;
        let texts = [
            ("name", &said.name),
            ("operator", &said.operator),
            ("purpose", &said.purpose),
            ("company", &said.company),
            ("contact", &said.contact),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                words.push(format!("--{name} {}", quoted(text)));
            }
        }
        let own = self.keys.gateway.as_ref().zip(said.operator.clone());
        let own = own.map(|(account, organisation)| NamedGateway {
            account: account.address,
            organisation,
        });
        let named = args
            .gateways
            .iter()
            .chain(own.iter().filter(|_| args.gateways.is_empty()));
        for gateway in named {
            let text = format!("{}={}", gateway.account, gateway.organisation);
            words.push(format!("--gateway {}", quoted(&text)));
        }
        words.join(" ")
    }
}

/// The id of an organisation: its name, or the id itself.
fn organisation(text: &str) -> B256 {
    text.parse().unwrap_or_else(|_| organisations::id_of(text))
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_stay_one_word() {
        for (text, expected) in [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("Harbour Business", "'Harbour Business'"),
            ("it's; rm", "'it'\\''s; rm'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn organisations_are_named_or_given_by_id() {
        let id = organisations::id_of("Harbour Business");
        assert_eq!(organisation("Harbour Business"), id);
        assert_eq!(organisation(&id.to_string()), id);
    }
}
