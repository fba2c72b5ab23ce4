import {slowdownTrial} from './slowdown.ts';

export default slowdownTrial('none', 'The same on both sides, measured in turns: no metric is told apart.');
