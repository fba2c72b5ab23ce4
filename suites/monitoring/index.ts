import type {Scenario} from '../../harness/types.ts';
import {alarmScenarios} from './alarm.ts';

export const monitoring: readonly Scenario[] = alarmScenarios;
