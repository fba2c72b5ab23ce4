import type {Scenario} from '../../harness/types.ts';
import {alarmScenarios} from './alarm.ts';
import {logPipeline} from './logs.ts';
import {alarmRules} from './rules.ts';
import {zabbixKilled} from './zabbix.ts';

export const monitoring: readonly Scenario[] = [alarmRules, ...alarmScenarios, zabbixKilled, logPipeline];
