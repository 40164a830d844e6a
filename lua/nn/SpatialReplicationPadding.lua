--- nn.SpatialReplicationPadding(pad_l[, pad_r = pad_l[, pad_t = pad_l[, pad_b = pad_l]]]): surrounds images with
-- copies of their edges. Input: C x H x W, or a batch of those.
local edge_padding = require 'nn.support.edge_padding'

edge_padding(torch.class('nn.SpatialReplicationPadding', 'nn.Module'), 'SpatialReplicationPadding')
