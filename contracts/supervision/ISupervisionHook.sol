// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The supervision hook of a business chain: what the city froze there. Contracts of the chain ask it (Supervised.sol); gateways of the
/// chain carry commands of the main ledger to it, signed by a threshold of them; anybody can prove its storage to the main ledger.
interface ISupervisionHook {
    /// A command of the main ledger (ICases), as the gateways sign it. `action` is the number of ICases.Action, 0 to 5; `target` is zero
    /// for the chain itself. `validUntil` is in seconds since 1970, of the clock of this chain.
    struct Instruction {
        uint64 commandId;
        uint256 city;
        uint8 action;
        address target;
        uint64 validUntil;
    }

    /// For another city than this hook is of.
    error CityInvalid(uint256 given, uint256 expected);
    /// An action or a target that no hook knows.
    error InstructionInvalid();
    error InstructionExpired(uint64 commandId, uint64 validUntil);
    error AlreadyExecuted(uint64 commandId);
    /// A later command on the same target was executed: this one would undo it.
    error Superseded(uint64 commandId, uint64 latest);

    /// The city halted the chain's supervised contracts.
    error ChainHalted(uint64 commandId);
    error ContractFrozen(address target, uint64 commandId);
    error AccountFrozen(address account, uint64 commandId);

    event Executed(uint64 indexed commandId, uint8 indexed action, address indexed target);

    /// Does what a threshold of the gateways signed; by anybody.
    function execute(Instruction calldata instruction, bytes[] calldata signatures) external;

    /// Reverts with the reason if the chain is halted, or this contract or this account is frozen.
    function check(address account, address target) external view;
    function isAccountFrozen(address account) external view returns (bool);
    function isContractFrozen(address target) external view returns (bool);
    /// Ids of the commands in effect; 0 if there is none.
    function frozenAccounts(address account) external view returns (uint64 commandId);
    function frozenContracts(address target) external view returns (uint64 commandId);
    function halted() external view returns (uint64 commandId);
    function executed(uint64 commandId) external view returns (bool);
    /// The newest command that was executed on a target: `kind` is 0 for the chain (with target zero), 1 for contracts, 2 for accounts.
    function latest(uint8 kind, address target) external view returns (uint64 commandId);
    /// What an instruction is signed as.
    function instructionHash(Instruction calldata instruction) external view returns (bytes32);
}
