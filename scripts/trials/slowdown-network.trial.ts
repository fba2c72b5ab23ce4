import {slowdownTrial} from './slowdown.ts';

export default slowdownTrial('network', 'A network that is a tenth slower is found, and attributed to the network.');
