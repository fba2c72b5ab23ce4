import {provisionTrial} from './provision.ts';

export default provisionTrial('debian-12', 'root');
