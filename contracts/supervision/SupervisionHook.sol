// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attested} from "./Attested.sol";
import {ISupervisionHook} from "./ISupervisionHook.sol";

/// See ISupervisionHook. The first four variables and their order are what the main ledger proves effects by (docs/operator/supervision-hook.md):
/// slot 0 accounts, slot 1 contracts, slot 2 the chain, slot 3 what was executed. Nobody owns the hook, and it cannot be replaced behind
/// its address.
contract SupervisionHook is ISupervisionHook, Attested {
    mapping(address account => uint64 commandId) public frozenAccounts;
    mapping(address target => uint64 commandId) public frozenContracts;
    uint64 public halted;
    mapping(uint64 commandId => bool) public executed;
    mapping(uint8 kind => mapping(address target => uint64 commandId)) public latest;

    bytes32 private constant INSTRUCTION_TYPE =
        keccak256("Instruction(uint64 commandId,uint256 city,uint8 action,address target,uint64 validUntil)");
    uint8 private constant KIND_CHAIN = 0;
    uint8 private constant KIND_CONTRACT = 1;
    uint8 private constant KIND_ACCOUNT = 2;

    constructor(uint256 city_, bytes32 chain_, address[] memory gateways_, uint8 threshold_)
        Attested(city_, chain_, gateways_, threshold_)
    {}

    function execute(Instruction calldata instruction, bytes[] calldata signatures) external {
        uint64 id = instruction.commandId;
        // Freeze and Lift of a kind stand beside each other.
        uint8 kind = instruction.action / 2;
        address target = instruction.target;
        if (instruction.city != city()) revert CityInvalid(instruction.city, city());
        if (id == 0 || kind > KIND_ACCOUNT) revert InstructionInvalid();
        if ((kind == KIND_CHAIN) != (target == address(0))) revert InstructionInvalid();
        if (block.timestamp > instruction.validUntil) revert InstructionExpired(id, instruction.validUntil);
        if (executed[id]) revert AlreadyExecuted(id);
        if (latest[kind][target] > id) revert Superseded(id, latest[kind][target]);
        _requireAttested(_structHash(instruction), signatures);

        executed[id] = true;
        latest[kind][target] = id;
        uint64 value = instruction.action % 2 == 0 ? id : 0;
        if (kind == KIND_CHAIN) halted = value;
        else if (kind == KIND_CONTRACT) frozenContracts[target] = value;
        else frozenAccounts[target] = value;
        emit Executed(id, instruction.action, target);
    }

    function check(address account, address target) external view {
        if (halted != 0) revert ChainHalted(halted);
        uint64 id = frozenContracts[target];
        if (id != 0) revert ContractFrozen(target, id);
        id = frozenAccounts[account];
        if (id != 0) revert AccountFrozen(account, id);
    }

    function isAccountFrozen(address account) external view returns (bool) {
        return frozenAccounts[account] != 0;
    }

    function isContractFrozen(address target) external view returns (bool) {
        return frozenContracts[target] != 0;
    }

    function instructionHash(Instruction calldata instruction) external view returns (bytes32) {
        return _typedHash(_structHash(instruction));
    }

    function _domainName() internal pure override returns (string memory) {
        return "Civitas Supervision";
    }

    function _structHash(Instruction calldata instruction) private pure returns (bytes32) {
        return keccak256(abi.encode(INSTRUCTION_TYPE, instruction));
    }
}
