import { Background, Controls, type Edge, type Node, type NodeTypes, ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useDark } from '../../theme';

export interface FlowProps {
  nodes: Node[];
  edges: Edge[];
  nodeTypes?: NodeTypes;
  height?: number;
  /** What it shows, in words. */
  label: string;
  onNode?: (id: string) => void;
}

export default function FlowDrawing({ nodes, edges, nodeTypes, height = 320, label, onNode }: FlowProps) {
  const dark = useDark();
  return (
    <section style={{ height }} aria-label={label} className="flow">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={dark ? 'dark' : 'light'}
        fitView
        fitViewOptions={{ padding: 0.15, maxZoom: 1.2 }}
        minZoom={0.3}
        maxZoom={2}
        nodesConnectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        onNodeClick={(_, node) => onNode?.(node.id)}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}
