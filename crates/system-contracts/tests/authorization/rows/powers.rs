//! Governance, roles, and the control of accounts and contracts.

use super::{
    May::{CityRole, Everybody, Party as By, Proposal, Role},
    Section,
};
use crate::city::{
    CONTRACT, City, FROZEN_ACCOUNT, FROZEN_CONTRACT, LEDGER, NEWCOMER, Party, SUSPECT, concerned, join,
    publication,
};
use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    address::ORGANISATIONS,
    governance::{Action, Kind, Rule, Status},
    interfaces::{IContent, IControl, IGovernance, IRoles},
    roles::{self, Scope},
};

pub(super) fn governance(city: &City) -> Section {
    let mut section = Section::of("Governance");
    let representative = [Role("Representative")];
    let not_representative = |account: Address| IGovernance::NotARepresentative {
        account,
        organisation: concerned(),
    };
    let propose = IGovernance::proposeCall {
        organisation: concerned(),
        title: "a theatre".to_owned(),
        actions: vec![Action {
            target: ORGANISATIONS,
            data: join("Theatre").abi_encode().into(),
        }],
    };
    section.row(&propose, &representative).refused(not_representative);
    let id = city.open;
    let vote = IGovernance::voteCall {
        id,
        organisation: concerned(),
        approve: true,
        reason: String::new(),
    };
    section.row(&vote, &representative).refused(not_representative);
    section
        .row(&IGovernance::withdrawCall { id }, &[By(Party::Proposer)])
        .refused(move |caller| IGovernance::NotTheProposer { id, caller });
    let execute = IGovernance::executeCall { id: city.approved };
    let reason = "the vote has decided; who executes it decides nothing";
    section.row(&execute, &[Everybody(reason)]).needs(
        "the votes for the proposal, and the time after them",
        &IGovernance::executeCall { id },
        IGovernance::ProposalNotExecutable {
            id,
            status: Status::Open,
            executableFrom: 0,
        },
    );
    let set_rule = IGovernance::setRuleCall {
        kind: Kind::Chains,
        rule: Rule {
            approvalPercent: 50,
            approvalsMin: 1,
            votingSeconds: 2_000,
            timelockSeconds: 0,
        },
    };
    section.row(&set_rule, &[Proposal(Kind::Rules)]);
    section
}

pub(super) fn roles(city: &City) -> Section {
    let mut section = Section::of("Roles");
    let proposal = [Proposal(Kind::Roles)];
    let define = IRoles::defineRoleCall {
        name: "Librarian".to_owned(),
        level: 10,
        consequential: false,
        permissions: Vec::new(),
        excludes: Vec::new(),
    };
    section.row(&define, &proposal);
    let role = roles::id_of("Supporter");
    let change = IRoles::changeRoleCall {
        role,
        level: 15,
        consequential: false,
        permissions: Vec::new(),
        excludes: Vec::new(),
    };
    section.row(&change, &proposal);
    section.row(&IRoles::retireRoleCall { role }, &proposal);
    grants(&mut section, city);
    section
}

fn grants(section: &mut Section, city: &City) {
    let administrators = [
        Role("RoleAdministrator"),
        Role("OrganisationAdministrator"),
        Proposal(Kind::Roles),
    ];
    let grant = IRoles::grantCall {
        role: roles::id_of("Citizen"),
        subject: NEWCOMER.into_word(),
        scope: Scope::organisation(concerned()),
        expiry: 0,
        delegable: false,
    };
    section.row(&grant, &administrators);
    let (id, parent) = (city.delegated, city.parent);
    let delegate = IRoles::delegateCall {
        parent,
        subject: NEWCOMER.into_word(),
        scope: Scope::organisation(concerned()),
        expiry: 0,
    };
    section
        .row(&delegate, &[By(Party::GrantHolder)])
        .refused(move |caller| IRoles::NotTheHolder { id: parent, caller });
    let revoke = IRoles::revokeCall { id };
    section.row(
        &revoke,
        &[&administrators[..], &[By(Party::GrantHolder)]].concat(),
    );
    section
        .row(&IRoles::renounceCall { id }, &[By(Party::DelegateHolder)])
        .refused(move |caller| IRoles::NotTheHolder { id, caller });
    let expiry = crate::city::NOW + 24 * 3_600;
    section.row(&IRoles::changeExpiryCall { id, expiry }, &administrators);
}

pub(super) fn control() -> Section {
    let mut section = Section::of("Control");
    accounts(&mut section);
    contracts(&mut section);
    let regulator = [CityRole("CityRegulator"), Proposal(Kind::Control)];
    let set_policy = IControl::setPolicyCall {
        policy: IControl::Policy {
            deploymentRestricted: true,
            identityRequired: false,
            defaultQuota: 0,
            periodSeconds: 3_600,
        },
    };
    section.row(&set_policy, &[Proposal(Kind::Parameters)]);
    let set_quota = IControl::setQuotaCall {
        subject: SUSPECT.into_word(),
        gasPerPeriod: 1_000_000,
    };
    section.row(&set_quota, &regulator);
    section
}

fn accounts(section: &mut Section) {
    let reason = || "fraud".to_owned();
    let account = SUSPECT;
    let thawing = [
        CityRole("CityRegulator"),
        CityRole("DistrictRegulator"),
        Proposal(Kind::Control),
    ];
    let freeze = IControl::freezeAccountCall {
        account,
        reason: reason(),
    };
    section.row(&freeze, &[&thawing[..], &[CityRole("SectorRegulator")]].concat());
    let freeze = IControl::emergencyFreezeAccountCall {
        account,
        reason: reason(),
    };
    section.row(&freeze, &[CityRole("EmergencyOfficer")]);
    let unfreeze = IControl::unfreezeAccountCall {
        account: FROZEN_ACCOUNT,
    };
    section.row(&unfreeze, &thawing);
    let cancel = IControl::cancelAccountCall { account };
    section.row(&cancel, &[Proposal(Kind::Control)]);
}

fn contracts(section: &mut Section) {
    let reason = || "fraud".to_owned();
    let target = CONTRACT;
    let regulator = [CityRole("CityRegulator"), Proposal(Kind::Control)];
    let freeze = IControl::freezeContractCall {
        target,
        reason: reason(),
    };
    section.row(&freeze, &regulator);
    let freeze = IControl::emergencyFreezeContractCall {
        target,
        reason: reason(),
    };
    section.row(&freeze, &[CityRole("EmergencyOfficer")]);
    let unfreeze = IControl::unfreezeContractCall {
        target: FROZEN_CONTRACT,
    };
    section.row(&unfreeze, &regulator);
    let retire = IControl::retireContractCall { target };
    section.row(&retire, &[Proposal(Kind::Control)]);
    let protect = IControl::protectFunctionCall {
        target,
        selector: FixedBytes([1, 2, 3, 4]),
        required: true,
    };
    section.row(&protect, &[&regulator[..], &[By(Party::Contract)]].concat());
}

pub(super) fn content() -> Section {
    let mut section = Section::of("Content");
    let regulator = CityRole("CityRegulator");
    section.row(&publication(), &[regulator, Proposal(Kind::Control)]);
    let version = 1;
    let approve = IContent::approveCall {
        version,
        hash: publication().hash,
    };
    section.row(&approve, &[regulator]);
    let set_mode = IContent::setModeCall {
        ledger: LEDGER,
        mode: IContent::Mode::Refuse,
    };
    section.row(&set_mode, &[Proposal(Kind::Control)]);
    section
}
