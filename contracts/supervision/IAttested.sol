// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// A contract of a business chain that does what a threshold of the gateways of that chain signs (EIP-712).
interface IAttested {
    /// The gateways from now on. `rotation` is the number of this change, from 1 on: each is signed for its place alone.
    struct Rotation {
        uint64 rotation;
        uint8 threshold;
        address[] gateways;
    }

    /// At least one gateway and at most 16, ascending, none of them zero; the threshold is 1 to their number.
    error GatewaysInvalid();
    /// Fewer signatures than the threshold.
    error SignaturesMissing(uint256 given, uint256 threshold);
    /// Not 65 bytes, not the low form, or of nobody.
    error SignatureMalformed(uint256 index);
    /// Signed by somebody who is no gateway, or not in ascending order of the signers.
    error SignerInvalid(uint256 index, address signer);
    error RotationInvalid(uint64 given, uint64 expected);

    event GatewaysSet(uint64 indexed rotation, uint8 threshold, address[] gateways);

    /// Sets the gateways; the present ones sign. By anybody.
    function rotate(Rotation calldata rotation, bytes[] calldata signatures) external;

    /// Chain id of the main ledger of the city.
    function city() external view returns (uint256);
    /// The chain on the registry of the city: Keccak-256 of its CAIP-2 name.
    function chain() external view returns (bytes32);
    function gateways() external view returns (address[] memory);
    function threshold() external view returns (uint8);
    /// How often the gateways were changed.
    function rotation() external view returns (uint64);
    /// What a rotation is signed as.
    function rotationHash(Rotation calldata rotation) external view returns (bytes32);
}
