// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMessageReceiver} from "./IMailbox.sol";

/// For contracts that take messages of other chains: inherit it and write `_receiveMessage`.
abstract contract MessageReceiver is IMessageReceiver {
    /// Nobody can exchange it.
    address public immutable mailbox;

    error OnlyTheMailbox(address caller);

    constructor(address mailbox_) {
        mailbox = mailbox_;
    }

    function onCivitasMessage(bytes32 source, bytes calldata sender, bytes calldata payload) external {
        if (msg.sender != mailbox) revert OnlyTheMailbox(msg.sender);
        _receiveMessage(source, sender, payload);
    }

    /// A message of `sender` on the chain `source` (Keccak-256 of its CAIP-2 name, zero for the main ledger). Who may say what is for
    /// this function to check: anybody can send messages.
    function _receiveMessage(bytes32 source, bytes calldata sender, bytes calldata payload) internal virtual;
}

/// An example: keeps what it was told, by whom it was told it.
contract Noticeboard is MessageReceiver {
    uint256 public count;
    mapping(bytes32 source => mapping(bytes sender => bytes)) public latest;

    error NothingToSay();

    event Noticed(bytes32 indexed source, bytes sender, bytes payload);

    constructor(address mailbox_) MessageReceiver(mailbox_) {}

    function _receiveMessage(bytes32 source, bytes calldata sender, bytes calldata payload) internal override {
        if (payload.length == 0) revert NothingToSay();
        count++;
        latest[source][sender] = payload;
        emit Noticed(source, sender, payload);
    }
}
