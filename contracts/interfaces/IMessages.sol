// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Messages between chains, through the main ledger (clauses 7.1.f, 7.3.c). The main ledger itself is the chain of id zero.
///
///   Mailbox.send on a chain > anchored > relay (proof) > Passed > attest (gateways of the destination) > Mailbox.deliver there
///                                           > Held > retry > Passed                                     > confirm (proof) > Delivered, Failed
///
/// Nothing passes that is frozen or isolated: the chain of origin and the destination are active, and neither they nor sender, target, mailboxes and
/// the identities of these are isolated. What may not pass is held, not lost: it passes when the reason has ended. The messages of a
/// mailbox are taken in the order of their sequence, without gap, so none is left out and none comes twice.
interface IMessages {
    /// Held: it may not pass now. Passed: its destination may deliver it, while nothing of it is frozen. Delivered and Failed: its
    /// destination has, and the target took it or not. A message to the main ledger is Delivered when it passes: contracts read it here.
    /// Unreadable: its target has not 20 bytes, or its payload more than 1,024; it never passes.
    enum Status { None, Held, Passed, Delivered, Failed, Unreadable }

    /// Why a message may not pass. MailboxReplaced: it passed to a mailbox that is not the destination's now.
    enum Reason {
        None,
        SourceNotActive, SourceIsolated, SenderIsolated,
        DestinationNotActive, DestinationIsolated, DestinationWithoutMailbox, TargetIsolated,
        MailboxReplaced
    }

    struct Message {
        bytes32 id;
        bytes32 source;
        /// Who emitted it: the mailbox of the source, or this contract.
        address mailbox;
        uint64 sequence;
        address sender;
        bytes32 destination;
        bytes target;
        bytes payload;
        Status status;
        /// Why it was held when that was last looked at.
        Reason reason;
        /// Height of the block of the source that has it.
        uint64 sentHeight;
        /// Height of the main ledger at which it was relayed, or sent.
        uint64 height;
        /// Seconds since 1970 of that.
        uint64 at;
        /// Height of the main ledger at which it passed; 0 before.
        uint64 passedHeight;
        /// Height of the main ledger at which the threshold of gateways had attested it for the first time; 0 before.
        uint64 attestedHeight;
        /// Height of the main ledger at which its delivery was proven; 0 before.
        uint64 endedHeight;
        /// First block of the destination in which its delivery can be.
        uint64 searchHeight;
        /// The mailbox of the destination that delivers it, also after the destination has another one; zero before it passed.
        address carrier;
    }

    struct Mailbox {
        /// Zero if the chain has none.
        address account;
        /// First block that can have messages.
        uint64 fromHeight;
        /// Sequence of the next message that is taken.
        uint64 nextSequence;
        /// Block of the last message that was taken.
        uint64 lastHeight;
    }

    /// That an event is in an anchored batch (docs/operator/gateway.md has the format).
    struct Proof {
        bytes32 chain;
        /// Index of the anchor.
        uint64 anchor;
        /// The block.
        uint64 height;
        bytes32 blockHash;
        uint64 transactions;
        bytes32 transactionsRoot;
        uint64 events;
        /// From the block to the root of the batch.
        bytes32[] blockPath;
        /// Place of the event among those of the block.
        uint32 index;
        bytes32[] topics;
        bytes data;
        /// From the event to the root of the block's events.
        bytes32[] eventPath;
    }

    struct Attestation { address gateway; uint64 validUntil; bytes signature; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error ChainUnknown(bytes32 id);
    error NotFollowed(bytes32 id);
    error NoMailbox(bytes32 chain);
    error MessageUnknown(bytes32 id);
    error WrongStatus(bytes32 id, Status status);
    /// The message may not pass now.
    error MayNotPass(bytes32 id, Reason reason);
    error AnchorUnknown(bytes32 chain, uint64 anchor);
    /// The event is not in the batch, or it is not one of this kind.
    error ProofInvalid(bytes32 chain, string what);
    /// The message of another sequence is the next one: this one was taken, or others come first.
    error NotNext(bytes32 chain, uint64 expectedSequence);
    error NotAGateway(bytes32 chain, address caller);
    error AttestationForged(bytes32 id, address caller);

    event MailboxSet(bytes32 indexed chain, address indexed mailbox, uint64 fromHeight, address by);
    /// A message is on the main ledger.
    event MessageReceived(bytes32 indexed id, bytes32 indexed source, bytes32 indexed destination, address sender, bytes target, bytes payload, uint64 sequence);
    event MessagePassed(bytes32 indexed id, bytes32 indexed destination);
    /// A message may not pass now.
    event MessageRefused(bytes32 indexed id, Reason reason);
    event MessageAttested(bytes32 indexed id, address indexed gateway, uint64 validUntil, uint8 attested);
    event MessageEnded(bytes32 indexed id, Status status);
    /// A message was delivered that no threshold of gateways had attested on the main ledger: gateways of the destination went round it.
    event MessageBypassed(bytes32 indexed id, bytes32 indexed destination);

    /// Says which contract is the mailbox of a chain like Ethereum, from which block on; zero for none. By a role (chain reviewer), or by
    /// proposal of kind Chains.
    function setMailbox(bytes32 chain, address mailbox, uint64 fromHeight) external;
    /// Takes the next message of a mailbox by the proof of its MessageSent. Open to everybody: the proof decides.
    function relay(Proof calldata proof) external returns (bytes32 id);
    /// Lets a held message pass, if it may now; or one that passed to a mailbox that was replaced before any gateway signed it: the new one
    /// delivers it. Open to everybody: the rules decide.
    function retry(bytes32 id) external;
    /// Sends a message from the main ledger. Open to every account that may send transactions; refused where it would be held.
    function send(bytes32 destination, bytes calldata target, bytes calldata payload) external returns (bytes32 id);
    /// A gateway of the destination signs the delivery (EIP-712, docs/operator/messages.md) for the time up to `validUntil`: the end of
    /// this half minute or the next one. Refused unless the message may pass now.
    function attest(bytes32 id, uint64 validUntil, bytes calldata signature) external;
    /// Ends a message by the proof of its MessageDelivered. Open to everybody: the proof decides.
    function confirm(Proof calldata proof) external;

    function message(bytes32 id) external view returns (Message memory);
    function messageCount() external view returns (uint64);
    /// Messages in the order in which they came, newest first; `from` 0 is the newest; at most 20.
    function messages(uint64 from, uint64 count) external view returns (Message[] memory);
    /// Ids of the messages to a destination that are Held, or Passed and not delivered yet; at most 100, in no order.
    function open(bytes32 destination, Status status, uint64 from, uint64 count) external view returns (bytes32[] memory ids);
    /// Why a message may not pass now; None if it may.
    function verdict(bytes32 id) external view returns (Reason);
    /// Attestations by the present gateways of the destination, in the ascending order of their addresses, also those that have run out.
    function attestations(bytes32 id) external view returns (Attestation[] memory);
    function mailbox(bytes32 chain) external view returns (Mailbox memory);
    /// The time of this block in seconds since 1970, and the `validUntil` that gateways sign for now.
    function clock() external view returns (uint64 time, uint64 validUntil);
}
