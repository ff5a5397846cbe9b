//! The Solidity interfaces as Rust types. They are documented where they are written: `contracts/interfaces`.
#![allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "generated from the Solidity interfaces"
)]

use alloy_sol_types::sol;

sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IGovernance.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IOrganisations.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IRoles.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IIdentities.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/INodes.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IControl.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IChains.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/ILedgers.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IOffices.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IAudit.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IAnchors.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IContent.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/ICases.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IMessages.sol"
);
sol!(
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
    "../../contracts/interfaces/IHeaders.sol"
);
