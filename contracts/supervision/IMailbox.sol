// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The mailbox of a business chain: messages to other chains of the city leave by its event, which the gateways prove to the main ledger
/// (contract Messages); messages from other chains come in with the signatures of a threshold of the gateways of this chain.
interface IMailbox {
    /// A message of another chain, as the gateways sign it. `validUntil` is in seconds since 1970, of the clock of this chain.
    struct Delivery {
        /// Its id on the main ledger.
        bytes32 id;
        /// Chain id of the main ledger.
        uint256 city;
        /// The chain that it comes from: Keccak-256 of its CAIP-2 name, zero for the main ledger.
        bytes32 source;
        /// Who sent it there: 20 bytes on chains like Ethereum.
        bytes sender;
        address target;
        bytes payload;
        uint64 validUntil;
    }

    /// For another city than this mailbox is of.
    error CityInvalid(uint256 given, uint256 expected);
    error DeliveryExpired(bytes32 id, uint64 validUntil);
    error AlreadyDelivered(bytes32 id);
    /// Too little for the target's gas and what comes after it: a delivery never fails for want of the gas of who brings it.
    error GasInsufficient(uint256 left, uint256 needed);
    error TargetInvalid(uint256 length);
    error PayloadTooLong(uint256 length);

    /// A message leaves. The sequence counts from 1, without gap.
    event MessageSent(
        uint64 indexed sequence, address indexed sender, bytes32 indexed destination, bytes target, bytes payload
    );
    /// A message came in; whether its target took it. It is never delivered again.
    event MessageDelivered(bytes32 indexed id, bool success);

    /// Sends a message to `target` on another chain (Keccak-256 of its CAIP-2 name), or on the main ledger (zero). The target has 1 to 64
    /// bytes, the payload at most 1,024.
    function send(bytes32 destination, bytes calldata target, bytes calldata payload) external returns (uint64 sequence);
    /// Delivers a message that a threshold of the gateways signed, once; by anybody. The target has 500,000 gas.
    function deliver(Delivery calldata delivery, bytes[] calldata signatures) external returns (bool success);

    /// Number of messages that left.
    function sent() external view returns (uint64);
    function delivered(bytes32 id) external view returns (bool);
    /// The supervision hook that both directions ask; zero if there is none.
    function hook() external view returns (address);
    /// What a delivery is signed as.
    function deliveryHash(Delivery calldata delivery) external view returns (bytes32);
}

/// What a contract has that takes messages.
interface IMessageReceiver {
    /// A message of another chain. By the mailbox alone: the contract checks its caller (MessageReceiver.sol).
    function onCivitasMessage(bytes32 source, bytes calldata sender, bytes calldata payload) external;
}
