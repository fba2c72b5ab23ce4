import {provisionTrial} from './provision.ts';

export default provisionTrial('debian-13', 'sudo');
