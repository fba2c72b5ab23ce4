import {slowdownTrial} from './slowdown.ts';

export default slowdownTrial('cpu', 'Processors that are a tenth slower are found, and attributed to the processors.');
