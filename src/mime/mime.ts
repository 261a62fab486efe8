// The header work that the relay asks for (port `Mime`).
import type { Mime } from '../relay/ports.ts';
import { checkHeader, endHeader, headerLength } from './header-bounds.ts';
import { editHeader } from './header-edit.ts';
import { readHeader } from './header-facts.ts';
import { completeHeader } from './missing-fields.ts';

export const mime: Mime = {
  headerLength,
  endHeader,
  checkHeader,
  readHeader,
  completeHeader,
  editHeader,
};
