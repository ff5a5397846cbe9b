// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attested} from "./Attested.sol";
import {IMailbox, IMessageReceiver} from "./IMailbox.sol";
import {ISupervisionHook} from "./ISupervisionHook.sol";

/// See IMailbox. Nobody owns it. What it sends it decides alone (nothing is lost while the city holds a chain back: the main ledger takes
/// messages in the order of their sequence, later); what it delivers the gateways decide.
contract Mailbox is IMailbox, Attested {
    uint64 public sent;
    mapping(bytes32 id => bool) public delivered;
    address public hook;

    uint256 private constant TARGET_BYTES_MAX = 64;
    uint256 private constant PAYLOAD_BYTES_MAX = 1_024;
    /// Gas of the target: enough for some writes, and bounded, so that no target stops a relay.
    uint256 private constant TARGET_GAS = 500_000;
    /// Gas for the event and the end of the call.
    uint256 private constant RESERVE_GAS = 20_000;
    bytes32 private constant DELIVERY_TYPE = keccak256(
        "Delivery(bytes32 id,uint256 city,bytes32 source,bytes sender,address target,bytes payload,uint64 validUntil)"
    );

    constructor(uint256 city_, bytes32 chain_, address[] memory gateways_, uint8 threshold_, address hook_)
        Attested(city_, chain_, gateways_, threshold_)
    {
        hook = hook_;
    }

    function send(bytes32 destination, bytes calldata target, bytes calldata payload) external returns (uint64 sequence) {
        if (target.length == 0 || target.length > TARGET_BYTES_MAX) revert TargetInvalid(target.length);
        if (payload.length > PAYLOAD_BYTES_MAX) revert PayloadTooLong(payload.length);
        _requireFree(msg.sender);
        sequence = ++sent;
        emit MessageSent(sequence, msg.sender, destination, target, payload);
    }

    function deliver(Delivery calldata delivery, bytes[] calldata signatures) external returns (bool success) {
        bytes32 id = delivery.id;
        address target = delivery.target;
        if (delivery.city != city()) revert CityInvalid(delivery.city, city());
        if (block.timestamp > delivery.validUntil) revert DeliveryExpired(id, delivery.validUntil);
        if (delivered[id]) revert AlreadyDelivered(id);
        _requireFree(target);
        _requireAttested(_structHash(delivery), signatures);

        delivered[id] = true;
        bytes memory message =
            abi.encodeCall(IMessageReceiver.onCivitasMessage, (delivery.source, delivery.sender, delivery.payload));
        // A call is given at most 63/64 of what is left (EIP-150).
        uint256 needed = TARGET_GAS + TARGET_GAS / 63 + RESERVE_GAS;
        if (gasleft() < needed) revert GasInsufficient(gasleft(), needed);
        if (target.code.length != 0) {
            // Nothing of the answer is copied: its length is the target's choice.
            assembly ("memory-safe") {
                success := call(TARGET_GAS, target, 0, add(message, 32), mload(message), 0, 0)
            }
        }
        emit MessageDelivered(id, success);
    }

    function deliveryHash(Delivery calldata delivery) external view returns (bytes32) {
        return _typedHash(_structHash(delivery));
    }

    /// Reverts while the chain is halted, or who sends or takes the message, or this mailbox, is frozen: as an account or as a contract.
    function _requireFree(address end) private view {
        if (hook == address(0)) return;
        ISupervisionHook(hook).check(end, end);
        ISupervisionHook(hook).check(address(this), address(this));
    }

    function _domainName() internal pure override returns (string memory) {
        return "Civitas Messages";
    }

    function _structHash(Delivery calldata delivery) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DELIVERY_TYPE,
                delivery.id,
                delivery.city,
                delivery.source,
                keccak256(delivery.sender),
                delivery.target,
                keccak256(delivery.payload),
                delivery.validUntil
            )
        );
    }
}
