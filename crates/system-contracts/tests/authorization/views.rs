//! Every function that only reads, asked about something that exists.

use crate::city::{
    ACTIVE, ANCHORED, CONTRACT, City, FROZEN, FROZEN_ACCOUNT, ID, LEDGER, OBSERVER, Party, SUSPECT, binding,
    bound_account, chain_id, concerned, key,
};
use crate::posted::{POSTED, passed};
use crate::signed::PROVEN;
use crate::supervised::{CASE, HOOKED, IN_FORCE};
use alloy_primitives::{FixedBytes, keccak256};
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    CONTRACTS, SystemContract,
    address::CONTROL,
    governance::Kind,
    interfaces::{
        IAnchors, IAudit, ICases, IChains, IContent, IControl, IGovernance, IHeaders, IIdentities, ILedgers,
        IMessages, INodes, IOffices, IOrganisations, IRoles,
    },
    roles::{self, Act, Action, Scope},
};

/// A question, with all that its answer needs.
pub struct View {
    pub contract: &'static SystemContract,
    pub function: &'static str,
    pub call: Vec<u8>,
}

struct Section {
    contract: &'static SystemContract,
    views: Vec<View>,
}

impl Section {
    fn of(name: &str) -> Self {
        let contract = CONTRACTS.iter().find(|contract| contract.name == name);
        Self {
            contract: contract.unwrap(),
            views: Vec::new(),
        }
    }

    fn ask<C: SolCall>(mut self, call: C) -> Self {
        self.views.push(View {
            contract: self.contract,
            function: C::SIGNATURE,
            call: call.abi_encode(),
        });
        self
    }
}

/// All questions, in the order of the contracts.
pub fn all(city: &City) -> Vec<View> {
    let sections = [
        governance(city),
        organisations(),
        role_definitions(),
        grants(city),
        identities(),
        messages(),
        nodes(),
        control(),
        chains(),
        ledgers(),
        offices(city),
        audit(),
        anchors(),
        cases(),
        between_chains(),
        content(),
        headers(),
    ];
    sections.into_iter().flat_map(|section| section.views).collect()
}

fn governance(city: &City) -> Section {
    let id = city.approved;
    let selector = FixedBytes(IControl::setPolicyCall::SELECTOR);
    Section::of("Governance")
        .ask(IGovernance::proposalCall { id })
        .ask(IGovernance::proposalCountCall {})
        .ask(IGovernance::votesCall { id })
        .ask(IGovernance::ruleCall { kind: Kind::Rules })
        .ask(IGovernance::kindOfCall {
            target: CONTROL,
            selector,
        })
}

fn organisations() -> Section {
    let id = concerned();
    Section::of("Organisations")
        .ask(IOrganisations::organisationCall { id })
        .ask(IOrganisations::organisationsCall { from: 0, count: 9 })
        .ask(IOrganisations::organisationCountCall {})
        .ask(IOrganisations::anchorsCall { id })
        .ask(IOrganisations::isActiveCall { id })
        .ask(IOrganisations::voterCountCall {})
}

fn role_definitions() -> Section {
    let role = roles::id_of("Developer");
    let (from, count) = (0, 9);
    let account = Party::GrantHolder.account();
    let act = Act::of(Action::Deploy, CONTROL, [0; 4]);
    let who_can = IRoles::whoCanCall {
        action: Action::Deploy,
        target: CONTROL,
        selector: FixedBytes::ZERO,
        from,
        count,
    };
    let scope = Scope::organisation(concerned());
    Section::of("Roles")
        .ask(IRoles::roleCall { id: role })
        .ask(IRoles::rolesCall { from, count })
        .ask(IRoles::roleCountCall {})
        .ask(IRoles::holdersOfCall { role, from, count })
        .ask(who_can)
        .ask(IRoles::whatCanCall { account })
        .ask(IRoles::explainCall { account, act })
        .ask(IRoles::holdsCall { account, role, scope })
}

fn grants(city: &City) -> Section {
    let account = Party::GrantHolder.account();
    let subject = account.into_word();
    let past = IRoles::pastGrantsOfCall {
        subject,
        from: 0,
        count: 9,
    };
    let organisation = concerned();
    Section::of("Roles")
        .ask(IRoles::grantOfCall { id: city.parent })
        .ask(IRoles::grantCountCall {})
        .ask(IRoles::grantsOfCall { subject })
        .ask(past)
        .ask(IRoles::representsCall {
            account,
            organisation,
        })
}

fn identities() -> Section {
    let id = ID;
    let account = bound_account();
    let fragment = "key-1".to_owned();
    let caller = Party::Controller.account();
    let history = IIdentities::statusHistoryCall {
        id,
        from: 0,
        count: 9,
    };
    let of_account = IIdentities::identityOfAccountCall {
        account: binding(LEDGER, 0).account,
    };
    let timestamp = crate::city::NOW;
    Section::of("Identities")
        .ask(IIdentities::didCall { id })
        .ask(IIdentities::statusOfCall { id })
        .ask(IIdentities::resolveCall { id })
        .ask(IIdentities::resolveAtCall { id, timestamp })
        .ask(IIdentities::methodCall { id, fragment })
        .ask(history)
        .ask(IIdentities::recoveryOfCall { id })
        .ask(IIdentities::isControllerCall { id, caller })
        .ask(IIdentities::identityOfCall { account })
        .ask(of_account)
        .ask(IIdentities::isUsableCall { account })
        .ask(IIdentities::nonceOfCall { id })
        .ask(IIdentities::identitiesCall { from: 0, count: 9 })
        .ask(IIdentities::identityCountCall {})
}

fn messages() -> Section {
    let binding = || binding(LEDGER, 0);
    Section::of("Identities")
        .ask(IIdentities::accountMessageCall { binding: binding() })
        .ask(IIdentities::releaseMessageCall { binding: binding() })
        .ask(IIdentities::consentMessageCall { binding: binding() })
}

fn nodes() -> Section {
    let key = key(OBSERVER);
    let name = format!("node-{OBSERVER}");
    Section::of("Nodes")
        .ask(INodes::nodeCall { key })
        .ask(INodes::nodesCall { from: 0, count: 9 })
        .ask(INodes::nodeCountCall {})
        .ask(INodes::isActiveCall { key })
        .ask(INodes::keyOfCall { name })
        .ask(INodes::validatorsCall { epoch: 0 })
        .ask(INodes::validatorSetCountCall {})
        .ask(INodes::generationCall {})
}

fn control() -> Section {
    let account = FROZEN_ACCOUNT;
    let target = CONTRACT;
    let selector = FixedBytes([1, 2, 3, 4]);
    let subject = SUSPECT.into_word();
    Section::of("Control")
        .ask(IControl::accountStatusCall { account })
        .ask(IControl::contractStatusCall { target })
        .ask(IControl::isProtectedCall { target, selector })
        .ask(IControl::policyCall {})
        .ask(IControl::usageCall { subject })
}

fn chains() -> Section {
    let id = chain_id(ACTIVE);
    let (from, count) = (0, 9);
    let kind = IChains::RootKind::Certificate;
    Section::of("Chains")
        .ask(IChains::chainCall { id })
        .ask(IChains::chainsCall { from, count })
        .ask(IChains::chainCountCall {})
        .ask(IChains::isActiveCall { id })
        .ask(IChains::waitingCountCall {})
        .ask(IChains::overdueCall { from, count })
        .ask(IChains::reviewsCall { id })
        .ask(IChains::trustRootsCall {
            id,
            kind,
            from,
            count,
        })
        .ask(IChains::trustRootAtCall { id, kind, height: 5 })
        .ask(IChains::generationCall {})
}

fn ledgers() -> Section {
    let name = "trade".to_owned();
    Section::of("Ledgers")
        .ask(ILedgers::ledgerCall { name })
        .ask(ILedgers::ledgersCall { from: 0, count: 9 })
        .ask(ILedgers::ledgerCountCall {})
        .ask(ILedgers::nameOfCall { chainId: 900 })
        .ask(ILedgers::parametersCall { chainId: 900 })
        .ask(ILedgers::isReadyCall {
            name: "trade".to_owned(),
            key: key(OBSERVER),
        })
        .ask(ILedgers::generationCall {})
}

fn offices(city: &City) -> Section {
    let account = Party::Office.account();
    let identity = ID;
    let id = keccak256("Court");
    Section::of("Offices")
        .ask(IOffices::officeCall { id })
        .ask(IOffices::officesCall {})
        .ask(IOffices::officeOfCall { account })
        .ask(IOffices::thresholdCall {})
        .ask(IOffices::sealedRecordCall { identity })
        .ask(IOffices::sealedRecordAtCall { identity, record: 0 })
        .ask(IOffices::recordCountCall { identity })
        .ask(IOffices::openingCall { id: city.opening })
        .ask(IOffices::openingCountCall {})
}

fn audit() -> Section {
    let node_key = key(ANCHORED);
    let page = IAudit::anchorsCall {
        nodeKey: node_key,
        from: 0,
        count: 9,
    };
    Section::of("Audit")
        .ask(IAudit::lastAnchorCall { nodeKey: node_key })
        .ask(page)
        .ask(IAudit::anchorCountCall { nodeKey: node_key })
}

fn anchors() -> Section {
    let id = chain_id(FROZEN);
    let gateway = Party::Gateway.account();
    let (from, count) = (0, 9);
    Section::of("Anchors")
        .ask(IAnchors::followingCall { id })
        .ask(IAnchors::followedCall { from, count })
        .ask(IAnchors::standingCall { id, gateway })
        .ask(IAnchors::anchorsCall { id, from, count })
}

fn cases() -> Section {
    let chain = chain_id(HOOKED);
    let (case_id, id) = (CASE, IN_FORCE);
    let (from, count) = (0, 9);
    let of_case = ICases::commandsOfCaseCall {
        caseId: case_id,
        from,
        count,
    };
    let evidence = ICases::evidenceCall {
        caseId: case_id,
        from,
        count,
    };
    let target = SUSPECT.to_vec().into();
    Section::of("Cases")
        .ask(ICases::caseOfCall { id: case_id })
        .ask(ICases::caseCountCall {})
        .ask(ICases::casesCall { from, count })
        .ask(evidence)
        .ask(ICases::commandOfCall { id })
        .ask(ICases::commandCountCall {})
        .ask(ICases::commandsCall { from, count })
        .ask(of_case)
        .ask(ICases::openCommandsCall { chain, from, count })
        .ask(ICases::attestationsCall { id })
        .ask(ICases::noticesCall { from, count })
        .ask(ICases::noticeCountCall {})
        .ask(ICases::isolatedCall { chain, target })
}

fn between_chains() -> Section {
    let (chain, id) = (chain_id(POSTED), passed());
    let open = IMessages::openCall {
        destination: chain,
        status: IMessages::Status::Held,
        from: 0,
        count: 9,
    };
    Section::of("Messages")
        .ask(IMessages::messageCall { id })
        .ask(IMessages::messageCountCall {})
        .ask(IMessages::messagesCall { from: 0, count: 9 })
        .ask(open)
        .ask(IMessages::verdictCall { id })
        .ask(IMessages::attestationsCall { id })
        .ask(IMessages::mailboxCall { chain })
        .ask(IMessages::clockCall {})
}

fn content() -> Section {
    let ledger = LEDGER;
    Section::of("Content")
        .ask(IContent::versionOfCall { version: 1 })
        .ask(IContent::versionCountCall {})
        .ask(IContent::versionsCall { from: 1, count: 9 })
        .ask(IContent::modeOfCall { ledger })
        .ask(IContent::inForceCall { ledger, height: 9 })
}

fn headers() -> Section {
    let (id, height) = (chain_id(FROZEN), PROVEN);
    Section::of("Headers")
        .ask(IHeaders::clientCall { id })
        .ask(IHeaders::headerCall { id, height })
        .ask(IHeaders::headersCall {
            id,
            from: 0,
            count: 9,
        })
}
