import { BlockList, isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** `public`: reachable by anybody, so by us too. `loopback`: this machine. `refused`: everything else, known or not yet known. */
export type AddressKind = 'public' | 'loopback' | 'refused';

const loopbackV4 = new BlockList();
loopbackV4.addSubnet('127.0.0.0', 8, 'ipv4');
/** `::1` however it is written; never the IPv4-mapped form, which is refused as such. */
const LOOPBACK_V6 = /^(0{1,4}:){7}0{0,3}1$|^::(0{1,4}:){0,6}0{0,3}1$/;

/** What kind of address this is; anything that is no plain IP address (a name, a zone index) is `refused`. Pure. */
export function addressKind(address: string): AddressKind {
  if (address.includes('%')) return 'refused';
  const isLoopback = isIP(address) === 4 ? loopbackV4.check(address, 'ipv4') : LOOPBACK_V6.test(address);
  if (isLoopback) return 'loopback';
  return isPublicAddress(address) ? 'public' : 'refused';
}
