import { BlockList, isIP } from 'node:net';

/** `public`: reachable by anybody, so by us too. `loopback`: this machine. `refused`: everything else, known or not yet known. */
export type AddressKind = 'public' | 'loopback' | 'refused';

/** IPv4 that is not the open internet: IANA's special-purpose registry, multicast, reserved, and Azure's metadata address. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT; Alibaba's metadata address lies in it
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local: metadata of AWS, Google, Azure and most others
  '172.16.0.0/12',
  '192.0.0.0/24', // Oracle's metadata address lies in it
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32', // Azure's host, outside every registered range
];

/**
 * Of IPv6 only what is allocated as global unicast passes. That leaves out, without naming them: loopback, IPv4-mapped and
 * -compatible, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), discard, unique local (fc00::/7, with AWS' and Google's metadata),
 * link-local, site-local, multicast, segment routing, and whatever is allocated in future.
 */
const GLOBAL_V6 = ['2000::/3'];
const REFUSED_V6 = [
  '2001::/23', // IETF protocols: Teredo carries an IPv4 address, ORCHID is no address
  '2001:db8::/32',
  '2002::/16', // 6to4 carries an IPv4 address
  '3fff::/20',
];

const refusedV4 = listOf(REFUSED_V4, 'ipv4');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');
const refusedV6 = listOf(REFUSED_V6, 'ipv6');
const loopbackV4 = listOf(['127.0.0.0/8'], 'ipv4');

/** What kind of address this is; anything that is no plain IP address (a name, a zone index) is `refused`. Pure. */
export function addressKind(address: string): AddressKind {
  if (address.includes('%')) return 'refused';
  switch (isIP(address)) {
    case 4:
      if (loopbackV4.check(address, 'ipv4')) return 'loopback';
      return refusedV4.check(address, 'ipv4') ? 'refused' : 'public';
    case 6:
      if (LOOPBACK_V6.test(address)) return 'loopback';
      return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6') ? 'public' : 'refused';
    default:
      return 'refused';
  }
}

/** `::1` however it is written; never the IPv4-mapped form, which is refused as such. */
const LOOPBACK_V6 = /^(0{1,4}:){7}0{0,3}1$|^::(0{1,4}:){0,6}0{0,3}1$/;

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix = ''] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
