/** Which replicas are away and not yet made anew, and whether that makes data unavailable. */
import type {EventQueue} from './event-queue.ts';
import type {Model} from './model.ts';
import {int, num} from './numbers.ts';
import {drawSpread} from './quantities.ts';

/** A server or node that holds replicas is a member; replicas of one thing lie in different domains. */
export class Replicas {
  /** Too many replicas of something are away. */
  out = false;
  domainsDown = 0;
  readonly members: number;
  readonly onNodes: boolean;
  readonly #storage: NonNullable<Model['storage']> | undefined;
  readonly #next: () => number;
  readonly #queue: EventQueue;
  readonly #rebuildEnds: number;
  readonly #downs: Int32Array;
  /** When the rebuild ends; NaN for a member that nothing is exposed of. Times may be negative: the warm-up's are. */
  readonly #rebuilt: Float64Array;
  readonly #domainDown: Int32Array;
  #exposed = 0;

  /** `rebuildEnds` is the code of the event, to which the member is added. */
  constructor(storage: Model['storage'], next: () => number, queue: EventQueue, rebuildEnds: number) {
    this.#storage = storage;
    this.#next = next;
    this.#queue = queue;
    this.#rebuildEnds = rebuildEnds;
    this.members = storage ? storage.rackOf.length : 0;
    this.onNodes = storage?.onNodes === true;
    this.#downs = new Int32Array(this.members);
    this.#rebuilt = new Float64Array(this.members);
    this.#domainDown = new Int32Array(storage ? storage.domains : 0);
  }

  clear(): void {
    this.out = false;
    this.domainsDown = 0;
    this.#exposed = 0;
    this.#downs.fill(0);
    this.#rebuilt.fill(Number.NaN);
    this.#domainDown.fill(0);
  }

  isDown(member: number): boolean {
    return int(this.#downs, member) > 0;
  }

  /** Whether one more domain away could make data unavailable. */
  get atEdge(): boolean {
    return this.domainsDown > 0 && this.#storage !== undefined && this.domainsDown + 1 >= this.#storage.threshold;
  }

  /** A member went away at `since` (at or before `now`); what is `planned` is not rebuilt elsewhere. */
  away(member: number, since: number, now: number, planned: boolean): void {
    const storage = this.#storage;
    if (!storage) return;
    this.#downs[member] = int(this.#downs, member) + 1;
    // What was away already is exposed or has been rebuilt since: either way nothing more is lost.
    if (int(this.#downs, member) > 1) return;
    const rebuilt =
      storage.rebuild && !planned ? since + drawSpread(storage.rebuild, this.#next) : Number.POSITIVE_INFINITY;
    if (rebuilt <= now) return;
    const before = this.#atStake();
    this.#rebuilt[member] = rebuilt;
    if (rebuilt < Number.POSITIVE_INFINITY) this.#queue.push(rebuilt, this.#rebuildEnds + member);
    this.#exposed++;
    const domain = int(storage.domainOf, member);
    this.#domainDown[domain] = int(this.#domainDown, domain) + 1;
    if (int(this.#domainDown, domain) === 1) this.domainsDown++;
    if (this.out) return;
    const grown = this.#atStake() - before;
    if (grown === Number.POSITIVE_INFINITY || (grown > 0 && this.#next() < -Math.expm1(-grown))) this.out = true;
  }

  back(member: number): void {
    this.#downs[member] = int(this.#downs, member) - 1;
    if (int(this.#downs, member) === 0 && !Number.isNaN(num(this.#rebuilt, member))) this.#unexpose(member);
  }

  /** A rebuild ends now; not one of an earlier fault, when the member has been back since. */
  rebuilt(member: number, now: number): void {
    if (num(this.#rebuilt, member) === now) this.#unexpose(member);
  }

  /** Placement groups that are expected to have lost too many replicas, given what is exposed. */
  #atStake(): number {
    const storage = this.#storage;
    const k = this.domainsDown;
    if (!storage || k < storage.threshold) return 0;
    const whole = num(storage.hit, k);
    return whole === Number.POSITIVE_INFINITY
      ? whole
      : whole * Math.min(1, this.#exposed / (k * storage.membersPerDomain)) ** storage.threshold;
  }

  #unexpose(member: number): void {
    const storage = this.#storage;
    if (!storage) return;
    this.#rebuilt[member] = Number.NaN;
    this.#exposed--;
    const domain = int(storage.domainOf, member);
    this.#domainDown[domain] = int(this.#domainDown, domain) - 1;
    if (int(this.#domainDown, domain) === 0) this.domainsDown--;
    if (this.domainsDown < storage.threshold) this.out = false;
  }
}
