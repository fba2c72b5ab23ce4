import {slowdownTrial} from './slowdown.ts';

export default slowdownTrial('storage', 'A store that is a tenth slower is found, and attributed to the storage.');
