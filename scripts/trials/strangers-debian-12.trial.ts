import {strangersTrial} from './strangers.ts';

export default strangersTrial('debian-12');
