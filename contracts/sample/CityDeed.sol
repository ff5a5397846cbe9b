// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// An ERC-721: deeds that the registrar of a city issues, one a plot of land.
contract CityDeed is ERC721 {
    address public immutable registrar;
    mapping(uint256 deed => string) public plots;
    uint256 public issued;

    error OnlyTheRegistrar(address caller);

    event DeedIssued(uint256 indexed deed, address indexed holder, string plot);

    constructor() ERC721("City Deed", "DEED") {
        registrar = msg.sender;
    }

    function issue(address holder, string calldata plot) external returns (uint256 deed) {
        if (msg.sender != registrar) revert OnlyTheRegistrar(msg.sender);
        deed = ++issued;
        plots[deed] = plot;
        _safeMint(holder, deed);
        emit DeedIssued(deed, holder, plot);
    }
}
