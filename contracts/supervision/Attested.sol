// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAttested} from "./IAttested.sol";

/// Gateways, their threshold, and the verification of what they sign.
///
/// Nothing is immutable in the code, so that the hash of the code is that of every deployment; and all that is here stands at one place
/// of the storage (ERC-7201), so that the variables of the contract that inherits begin at slot 0.
abstract contract Attested is IAttested {
    /// @custom:storage-location erc7201:civitas.supervision.Attested
    struct State {
        uint256 city;
        bytes32 chain;
        uint64 rotation;
        uint8 threshold;
        address[] gateways;
    }

    /// As many as the terms of a chain name at most.
    uint256 private constant GATEWAYS_MAX = 16;
    bytes32 private constant STATE =
        keccak256(abi.encode(uint256(keccak256("civitas.supervision.Attested")) - 1)) & ~bytes32(uint256(0xff));
    /// Half of the order of secp256k1: the larger half of `s` is refused, so that nobody can write a signature in a second form.
    uint256 private constant S_MAX = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant ROTATION_TYPE = keccak256("Rotation(uint64 rotation,uint8 threshold,address[] gateways)");

    constructor(uint256 city_, bytes32 chain_, address[] memory gateways_, uint8 threshold_) {
        State storage state = _state();
        state.city = city_;
        state.chain = chain_;
        _set(0, gateways_, threshold_);
    }

    function rotate(Rotation calldata given, bytes[] calldata signatures) external {
        uint64 expected = _state().rotation + 1;
        if (given.rotation != expected) revert RotationInvalid(given.rotation, expected);
        _requireAttested(_rotationHash(given), signatures);
        _set(given.rotation, given.gateways, given.threshold);
    }

    function city() public view returns (uint256) {
        return _state().city;
    }

    function chain() external view returns (bytes32) {
        return _state().chain;
    }

    function gateways() external view returns (address[] memory) {
        return _state().gateways;
    }

    function threshold() external view returns (uint8) {
        return _state().threshold;
    }

    function rotation() external view returns (uint64) {
        return _state().rotation;
    }

    function rotationHash(Rotation calldata given) external view returns (bytes32) {
        return _typedHash(_rotationHash(given));
    }

    /// Name of the EIP-712 domain; its version is "1".
    function _domainName() internal pure virtual returns (string memory);

    /// Reverts unless a threshold of gateways signed, in ascending order of their addresses.
    function _requireAttested(bytes32 structHash, bytes[] calldata signatures) internal view {
        State storage state = _state();
        if (signatures.length < state.threshold) revert SignaturesMissing(signatures.length, state.threshold);
        bytes32 digest = _typedHash(structHash);
        address[] memory known = state.gateways;
        uint256 next = 0;
        for (uint256 index = 0; index < signatures.length; index++) {
            address signer = _recover(digest, signatures[index], index);
            // Both are ascending: one walk over the gateways finds all signers, and none twice.
            while (next < known.length && known[next] != signer) next++;
            if (next == known.length) revert SignerInvalid(index, signer);
            next++;
        }
    }

    /// What is signed, by the domain of this contract on this chain. The chain id is read anew: a fork of the chain is another domain.
    function _typedHash(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256(bytes(_domainName())), keccak256("1"), block.chainid, address(this))
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function _rotationHash(Rotation calldata given) private pure returns (bytes32) {
        bytes32 list = keccak256(abi.encodePacked(given.gateways));
        return keccak256(abi.encode(ROTATION_TYPE, given.rotation, given.threshold, list));
    }

    function _recover(bytes32 digest, bytes calldata signature, uint256 index) private pure returns (address signer) {
        if (signature.length != 65) revert SignatureMalformed(index);
        uint256 s = uint256(bytes32(signature[32:64]));
        uint8 v = uint8(signature[64]);
        if (s > S_MAX || (v != 27 && v != 28)) revert SignatureMalformed(index);
        signer = ecrecover(digest, v, bytes32(signature[:32]), bytes32(s));
        if (signer == address(0)) revert SignatureMalformed(index);
    }

    function _set(uint64 number, address[] memory given, uint8 threshold_) private {
        if (given.length == 0 || given.length > GATEWAYS_MAX) revert GatewaysInvalid();
        if (threshold_ == 0 || threshold_ > given.length) revert GatewaysInvalid();
        address before = address(0);
        for (uint256 index = 0; index < given.length; index++) {
            if (given[index] <= before) revert GatewaysInvalid();
            before = given[index];
        }
        State storage state = _state();
        state.rotation = number;
        state.threshold = threshold_;
        state.gateways = given;
        emit GatewaysSet(number, threshold_, given);
    }

    function _state() private pure returns (State storage state) {
        bytes32 place = STATE;
        assembly ("memory-safe") {
            state.slot := place
        }
    }
}
